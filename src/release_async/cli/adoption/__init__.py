"""What adopting the tool changes in a project's files: texts in, texts out. Reads and writes no file."""
