"""Keeping facilities working: what is due to be exercised, tested, flushed or verified, and what came of it."""
