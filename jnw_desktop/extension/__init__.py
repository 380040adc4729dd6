"""What a plugin is and what it may use: its manifest, the registry, the session its panel is given."""
