"""Edits of facilities that keep the network connected: each is one change set, and one that would break it says how."""
