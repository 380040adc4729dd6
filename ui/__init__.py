"""Qt Designer forms."""
