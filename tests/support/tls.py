"""Certificates that nobody else trusts, made anew for every test by openssl."""

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

HOST = "127.1"
"""This machine, by a name that nothing takes for it: proxies and authorities of the person's own count."""


class Identity(NamedTuple):
    """A certificate with its key, which is its own authority."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What a server shows it with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def identity(directory: Path, host: str) -> Identity:
    """Make a certificate for a host, good for one day; the test is skipped where there is no openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    made = Identity(directory / f"{host}.pem", directory / f"{host}.key")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    order = ("req", "-x509", "-nodes", "-days", "1", *key)
    names = ("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
    files = ("-keyout", str(made.key), "-out", str(made.certificate))
    subprocess.run((openssl, *order, *names, *files), check=True, capture_output=True)
    return made
