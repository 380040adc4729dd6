"""Pipes as a graph; stands on its own."""
