"""Building and installing: archives, build backends, virtual environments. It decides nothing."""
