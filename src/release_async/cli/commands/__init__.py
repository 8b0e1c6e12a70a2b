"""What a person can ask for: each command puts the parts together, and decides nothing itself."""
