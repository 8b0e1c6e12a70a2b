"""Errors, problems, secrets, printable text, files, signals: what all rooms use. It knows no other room."""
