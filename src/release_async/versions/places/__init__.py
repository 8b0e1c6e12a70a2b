"""Finds the version in each kind of file (Cargo, npm, Sphinx ...): one module per kind. Opens no file."""
