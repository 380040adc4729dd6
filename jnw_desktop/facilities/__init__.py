"""What stands in the ground."""
