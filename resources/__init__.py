"""Styles, symbols, catalogues, code lists and rule tables that the program reads."""
