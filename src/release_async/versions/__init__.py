"""Where a project states its version: finding, comparing, bumping, rewriting. Pure functions on text."""
