"""Locates values in TOML, INI, JSON, Python and plain text: one module per file format. Pure functions."""
