"""Reads git objects, the index and diffs, and writes work-tree files, for hooks and commands alike."""
