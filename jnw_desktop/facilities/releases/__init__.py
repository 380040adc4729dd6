"""What leaves the house: to whom, why, how exactly it says where things lie, and the register of it."""
