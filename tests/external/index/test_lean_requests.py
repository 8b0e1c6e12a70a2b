"""The uploader guesses no encoding, says nothing of it, and reads what nobody has named as UTF-8."""

import subprocess
import sys

PROGRAM = """
import sys
from release_async.external.index import uploader_child
from release_async.external.index.lean_requests import requests
response = requests.Response()
response._content = "grüße".encode()
print(response.encoding, response.text, uploader_child.requests is requests)
print(*sorted(name for name in sys.modules if name.startswith(("chardet.", "charset_normalizer."))))
"""


def test_nothing_that_guesses_is_imported_and_a_text_is_utf_8() -> None:
    """Also where both that requests could use are installed, and warnings are errors."""
    words = (sys.executable, "-I", "-X", "utf8", "-W", "error::Warning:requests", "-c", PROGRAM)
    done = subprocess.run(words, capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.splitlines() == ["None grüße True", ""]
    assert done.stderr == ""
