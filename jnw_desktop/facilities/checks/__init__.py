"""What is wrong with the data: a city as arrays, rules that look at it, mends, and waivers with a reason."""
