"""Where a project states its version: finds, compares, bumps and rewrites it. Pure functions on text."""
