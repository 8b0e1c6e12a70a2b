"""Children and their ends: the only place that starts a process, beside `repository` for the hook."""
