"""Child processes, started, talked to and ended. Only `repository` starts others, for the hook."""
