"""The changes that `init` makes to a project's files: text in, text out. Reads and writes no file."""
