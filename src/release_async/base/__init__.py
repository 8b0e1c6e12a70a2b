"""Errors, problems, secrets, printable text, files and signals, for all other packages. Imports none."""
