"""A person's door: the command line, one run of one command, and the commands. It releases nothing itself."""
