"""The release that cannot be half-done. Importing the package costs nothing: it only states the version."""

__version__ = "0.1.0"
