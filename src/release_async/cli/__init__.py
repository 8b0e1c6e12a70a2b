"""The command line: parsing it, running one command, and the commands. It releases nothing itself."""
