"""Keys that are made for one test, and a repository that signs with them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from support.repositories import Repository

PROGRAMS: Final = {"ssh": "ssh-keygen", "openpgp": "gpg"}
"""What makes the keys of each form of git's ``gpg.format``."""


@contextmanager
def signs(repository: Repository, form: str) -> Iterator[Path]:
    """Configure a repository to sign by a fresh key; the file without which nothing can be signed.

    The agent of gpg is started here, outside of every release, and ended again; its home is named in the
    environment of this process meanwhile.
    """
    if form == "ssh":
        yield _by_ssh(repository)
        return
    home = Path(tempfile.mkdtemp(prefix="gpg-"))  # a socket needs a short path
    before = os.environ.get("GNUPGHOME")
    os.environ["GNUPGHOME"] = str(home)
    try:
        yield _by_gpg(repository, home)
    finally:
        subprocess.run(("gpgconf", "--kill", "all"), check=False)
        os.environ.pop("GNUPGHOME")
        if before is not None:
            os.environ["GNUPGHOME"] = before
        shutil.rmtree(home, ignore_errors=True)


def _by_ssh(repository: Repository) -> Path:
    key = repository.path / ".git/key"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)), check=True)
    signers = key.with_name("signers")
    signers.write_text(f"person@example.com {key.with_suffix('.pub').read_text()}")
    _configure(repository, {"gpg.format": "ssh", "user.signingKey": str(key)})
    _configure(repository, {"gpg.ssh.allowedSignersFile": str(signers)})
    return key


def _by_gpg(repository: Repository, home: Path) -> Path:
    quick = ("--quick-generate-key", "person@example.com", "ed25519", "sign", "never")
    words = ("gpg", "--quiet", "--batch", "--pinentry-mode", "loopback", "--passphrase", "", *quick)
    subprocess.run(words, check=True, capture_output=True)
    _configure(repository, {"gpg.format": "openpgp", "user.signingKey": "person@example.com"})
    (secret,) = (home / "private-keys-v1.d").glob("*.key")
    return secret


def _configure(repository: Repository, values: dict[str, str]) -> None:
    for name, value in values.items():
        repository.git("config", name, value)
