"""requests without what guesses the encoding of a text, which takes a tenth of all that the uploader imports.

Without it, requests takes a text whose encoding nobody states for UTF-8 (requests, ``Response.text``).
"""

import sys
import warnings

for _guesser in ("chardet", "charset_normalizer"):
    # It counts as not installed, unless somebody has imported it already (importlib, sys.modules).
    sys.modules.setdefault(_guesser, None)  # type: ignore[arg-type]  # None is what the import system documents

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that there is none
    import requests
    from requests.adapters import HTTPAdapter

__all__ = ["HTTPAdapter", "requests"]
