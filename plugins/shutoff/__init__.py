"""Planned and emergency water shut-offs: their register, their rules, their documents."""
