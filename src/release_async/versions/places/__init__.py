"""Which files state a version, and what it means there: one file for each kind of place. Reads no file."""
