"""Pipeline guides for construction sites."""
