"""The parts every PDF is made of."""
