"""Git as a release uses it: the git command, worktrees, locks, fast-forwards. It decides nothing."""
