"""Masks what a URL holds that is secret, in any text; the secrets of the settings are masked elsewhere."""

from release_async.base.lazy_typing import pattern

# Up to the last at sign before the path: a password may contain one. In an ssh URL a user alone is public.
_CREDENTIALS = pattern(r"(?i)(https?://)[^/\s]+@|([a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s]*@")


def without_credentials(text: str) -> str:
    """Return ``text`` with ``***`` in place of the user and password of every URL."""
    return _CREDENTIALS.sub(r"\1\2***@", text) if "://" in text else text
