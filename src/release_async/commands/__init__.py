"""What a person can ask for, beside help: each command puts the parts together and decides nothing about a release."""
