"""Editing on the map and in forms: what is begun, drawn, previewed, undone."""
