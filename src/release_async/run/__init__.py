"""One run: the opened project, its private workspace, journal, lock and sandbox. It knows no step."""
