"""The outside systems that a release talks to, one room each. They do as told and decide nothing."""
