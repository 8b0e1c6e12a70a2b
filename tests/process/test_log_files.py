"""What children say is on the disk, whole and harmless, for as long as somebody may want to look."""

from pathlib import Path

import pytest

from release_async.base.secret import MASK, Credentials, Secret
from release_async.process import log_files
from release_async.process.log_files import LogFiles
from support import secrets

WORD = Secret(f"open+{secrets.characters(20)}")


@pytest.fixture
def book(tmp_path: Path) -> LogFiles:
    """The logs of one run that knows a secret."""
    return LogFiles(tmp_path / "logs/run", (WORD, Credentials("someone", WORD).basic))


def test_where_a_log_is_fits_on_a_line(book: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told from the folder of the person, who types it there."""
    book.sink("tests")("one")
    monkeypatch.chdir(book.directory.parent.parent)
    assert book.output_hint("tests") == "the whole output: logs/run/tests.log"
    assert book.is_named_in(f"failed\n{book.output_hint('tests')}")


def test_a_log_is_the_persons_own_and_begins_with_its_first_line(book: LogFiles) -> None:
    """No file for a child that says nothing; of one that speaks nobody else can read."""
    hear = book.sink("tests")
    assert book.output_hint("tests") == ""
    assert not book.directory.exists()
    hear("one")
    hear("two")
    path = book.directory / "tests.log"
    assert book.output_hint("tests") == f"the whole output: {path}"
    assert path.read_text() == "one\ntwo\n"
    assert (path.stat().st_mode & 0o777, book.directory.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_resumed_run_goes_on_in_the_same_log(book: LogFiles) -> None:
    """What failed at first and what failed now both stand there, up to the largest size."""
    book.sink("push")("refused")
    book.close()
    again = LogFiles(book.directory)
    again.sink("push")("refused once more")
    path = book.directory / "push.log"
    assert path.read_text() == "refused\nrefused once more\n"
    assert again.output_hint("push") == f"the whole output: {path}"


def test_no_secret_is_written_in_any_spelling(book: LogFiles) -> None:
    """As it is, percent-encoded, or in the header that carries it; a URL's password besides."""
    hear = book.sink("upload")
    basic, word = Credentials("someone", WORD).basic.reveal(), WORD.reveal()
    for line in (word, word.replace("+", "%2B"), f"Basic {basic}", "https://me:word@example.com/"):
        hear(line)
    lines = (book.directory / "upload.log").read_text().splitlines()
    assert lines == [MASK, MASK, f"Basic {MASK}", "https://***@example.com/"]


def test_nothing_in_a_log_acts_on_the_terminal_that_shows_it(book: LogFiles) -> None:
    """Escape sequences and control characters are gone."""
    book.sink("tests")("\x1b]0;title\x07\x1b[2Jred\x9b1m\rblue")
    assert (book.directory / "tests.log").read_text() == "redblue\n"


def test_a_disk_that_takes_nothing_ends_nothing(book: LogFiles) -> None:
    """Where the directory cannot be made, lines are dropped."""
    book.directory.parent.mkdir(parents=True)
    book.directory.write_text("in the way")
    book.sink("tests")("one")
    book.sink("tests")("two")
    assert book.output_hint("tests") == ""


def test_a_log_has_a_largest_size(book: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that never stops does not fill the disk; what was left out is told, and not masked in vain."""
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 100)
    hear = book.sink("tests")
    for _ in range(50):
        hear("x" * 9)
    path = book.directory / "tests.log"
    assert path.stat().st_size == 90
    assert book.output_hint("tests") == f"the beginning of the output: {path}"
    book.close()
    assert path.read_text().splitlines() == ["x" * 9] * 9 + ["... 410 characters were left out here"]


def test_the_logs_of_the_last_runs_are_kept(tmp_path: Path) -> None:
    """With the run that is about to begin there are as many as promised; the oldest go first."""
    for number in range(8):
        LogFiles(tmp_path / f"2026010{number}-000000-aaaaaa").sink("tests")("line")
    log_files.remove_old(tmp_path)
    left = sorted(path.name[:8] for path in tmp_path.iterdir())
    assert left == ["20260104", "20260105", "20260106", "20260107"]
    assert len(left) == log_files.KEPT_RUNS - 1
    log_files.remove_old(tmp_path / "there is none")
