"""The release that cannot be half-done. Importing the package costs nothing: it only states the version."""

__version__ = "0.1.0"
__path__.append(f"{__path__[0]}/cli/former")  # searched last: names that scripts of others import
