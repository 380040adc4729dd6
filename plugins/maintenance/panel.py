"""Upkeep beside the map."""
