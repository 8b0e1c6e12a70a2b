"""Git's objects, index and differences, read with the standard library for both doors."""
