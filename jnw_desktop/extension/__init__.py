"""What a plugin is and may use."""
