"""The release: all checks at once, then the steps, effect by effect. It opens nothing and prints nothing."""
