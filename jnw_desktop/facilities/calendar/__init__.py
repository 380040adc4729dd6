"""Working days and legal deadlines: the one place where they are counted."""
