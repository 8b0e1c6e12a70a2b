"""What a release must remember from the point of no return on, and the lock that keeps a second one out.

It holds no secret: of credentials only the setting's name is written.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from release_async.errors import FailedError, RefusedError
from release_async.plan import Plan

SCHEMA = 1
FILE = "journal.jsonl"


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of all releases of one repository; the kernel frees it when its owner dies (flock(2)).

    Args:
        directory: Where all runs of the repository live; made where it does not exist.

    Raises:
        RefusedError: Another release holds it.
        FailedError: The directory cannot be written.
    """
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        file = (directory / "lock").open("a+")
    except OSError as error:
        raise FailedError(
            f"{directory} cannot be written: {error.strerror}", cure="check its owner and mode"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "an unknown process"
            raise RefusedError(
                f"another release is running in this repository: {owner}", cure="wait until it has ended"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()}")
        file.flush()
        yield


def begin(run: Path, plan: Plan, pinned: Mapping[str, object]) -> None:
    """Write down the plan and what it made, durably, before the first byte leaves.

    Args:
        run: The directory of the run.
        plan: The release as it was decided.
        pinned: Object ids and the names, digests and sizes of the files.

    Raises:
        OSError: It cannot be written: then nothing may be uploaded.
    """
    record = {"schema": SCHEMA, "event": "begin", "plan": dataclasses.asdict(plan), **pinned}
    with (run / FILE).open("x", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(run, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def begun(run: Path) -> bool:
    """Whether the run in this directory has passed its point of no return."""
    return (run / FILE).exists()


def forget(run: Path) -> None:
    """Drop the record of a run that turned out to have published nothing."""
    (run / FILE).unlink(missing_ok=True)
