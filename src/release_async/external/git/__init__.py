"""Git as a release uses it: commands, worktrees, lock files, fast-forwards. It decides nothing."""
