"""How a file is read: where a value stands in TOML, INI, JSON, Python, plain text. Pure functions."""
