"""Runs operations apart from the window."""
