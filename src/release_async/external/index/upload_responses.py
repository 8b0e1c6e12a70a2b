"""What a package index's answer to an upload means. Pure; it never decides whether to try again."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

from release_async.base.errors import RUN_AGAIN
from release_async.base.printable import printable


class Answer(StrEnum):
    """What became of one upload, as the index tells it; what is so, only the files that it holds tell."""

    STORED = "stored"
    EXISTS = "exists"
    BURNED = "burned"
    ANOTHER_SDIST = "another sdist is there"
    TOO_OLD = "release too old"
    BAD_CREDENTIAL = "bad credential"
    NOT_ALLOWED = "not allowed"
    READ_ONLY = "read only"
    RATE_LIMITED = "rate limited"
    TOO_MANY_PROJECTS = "too many new projects"
    TOO_LARGE = "too large"
    PROJECT_TOO_LARGE = "project too large"
    METADATA_REFUSED = "metadata refused"
    DAMAGED = "damaged"
    WRONG_ADDRESS = "wrong address"
    UNREACHABLE = "unreachable"
    STRANGE = "strange"
    UNKNOWN = "unknown"


CURES = {
    Answer.STORED: "",
    Answer.EXISTS: "compare the hashes on the index; where they differ, release a higher version",
    Answer.BURNED: "release a higher version: an index never takes a deleted file name again",
    Answer.ANOTHER_SDIST: "release a higher version: an index takes one sdist of each",
    Answer.TOO_OLD: "release a higher version: this index takes no more files of one after 14 days",
    Answer.BAD_CREDENTIAL: (
        "check the token in {setting}, and PYPI_USERNAME where it is set; a new token is made at {page}"
    ),
    Answer.NOT_ALLOWED: (
        "check that the token in {setting} is for this project and its account may upload; "
        "another one is made at {page}"
    ),
    Answer.READ_ONLY: "wait until the index takes uploads again, which may be hours",
    Answer.RATE_LIMITED: "wait a while",
    Answer.TOO_MANY_PROJECTS: "wait some hours: the index limits how many new projects there may be at once",
    Answer.TOO_LARGE: "ask the index for a higher limit, or release a higher version with a smaller file",
    Answer.PROJECT_TOO_LARGE: "ask the index for a higher limit, or delete old releases of the project there",
    Answer.METADATA_REFUSED: "correct what the index names, and release a higher version",
    Answer.DAMAGED: f"see what on the way to the index changes what is sent, then {RUN_AGAIN}",
    Answer.WRONG_ADDRESS: "correct the repository URL: it must be the address that uploads are sent to",
    Answer.UNREACHABLE: "check the network, the proxy and the repository URL",
    Answer.STRANGE: "see what stands between you and the index, such as a proxy or a page that wants a login",
    Answer.UNKNOWN: "wait a while (what the index has by then is not sent again)",
}
"""What a person does about each answer, with places for the token's setting and where tokens are made."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one upload.

    Attributes:
        answer: The index's answer, classified.
        status: Its HTTP status; None where there was no answer.
        reason: Its words, or those of the failure, fit to be shown.
        wait: Seconds after which the index wants to be asked again; None where it did not say.
    """

    answer: Answer
    status: int | None
    reason: str
    wait: float | None = None

    def cure(self, setting: str, page: str) -> str:
        """What a person does about it.

        Args:
            setting: The name of the setting that has the token.
            page: Where tokens are made.
        """
        return CURES[self.answer].format(setting=setting, page=page)


def of_response(status: int, texts: tuple[str, ...], retry_after: str = "") -> Outcome:
    """The outcome that an index's answer means.

    Args:
        status: The HTTP status.
        texts: The reason phrase and the body: where a status has several meanings, only they tell.
        retry_after: The header of that name, empty where there was none.
    """
    words = shown(*texts)
    answer = classify(status, words)
    if answer is Answer.STORED and any(map(_PAGE.search, texts)) and not _SAME.search(words):
        answer = Answer.STRANGE  # an index answers an upload in a word; who wants a login first, with a page
    return Outcome(answer, status, words, _wait(retry_after))


_PAGE = re.compile(r"<(!doctype\s+)?html\b", re.IGNORECASE)
_SAME = re.compile(r"upload of identical file", re.IGNORECASE)
"""What devpi says, on a page, of bytes that it has already."""


def of_silence(sent: int, words: str) -> Outcome:
    """The outcome where no answer came: before the first byte was sent, nothing of ours can be there.

    Args:
        sent: Bytes of the body that were sent.
        words: Those of the failure.
    """
    return Outcome(Answer.UNKNOWN if sent else Answer.UNREACHABLE, None, shown(words))


_BY_WORDS = (
    (r"already exists|already been taken", Answer.EXISTS),
    (r"previously used by a file|filename has already been used", Answer.BURNED),
    (r"only one sdist", Answer.ANOTHER_SDIST),
    (r"older than \d+ days", Answer.TOO_OLD),
    (r"too many new projects", Answer.TOO_MANY_PROJECTS),
    (r"read-only mode|uploads are temporarily disabled", Answer.READ_ONLY),
    (r"invalid or non-existent authentication|invalid api token", Answer.BAD_CREDENTIAL),
    (r"project size too large", Answer.PROJECT_TOO_LARGE),
    (r"file too large", Answer.TOO_LARGE),
    (r"digest supplied does not match", Answer.DAMAGED),
)
"""What PyPI, devpi, pypiserver and others say in so many words, under statuses that differ."""

_BY_STATUS: dict[int, Answer] = {
    HTTPStatus.OK: Answer.STORED,
    HTTPStatus.CREATED: Answer.STORED,
    HTTPStatus.ACCEPTED: Answer.STORED,
    HTTPStatus.BAD_REQUEST: Answer.METADATA_REFUSED,
    HTTPStatus.UNAUTHORIZED: Answer.BAD_CREDENTIAL,
    HTTPStatus.FORBIDDEN: Answer.NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: Answer.WRONG_ADDRESS,
    HTTPStatus.REQUEST_TIMEOUT: Answer.UNKNOWN,
    HTTPStatus.METHOD_NOT_ALLOWED: Answer.WRONG_ADDRESS,
    HTTPStatus.CONFLICT: Answer.EXISTS,
    HTTPStatus.GONE: Answer.WRONG_ADDRESS,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Answer.TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY: Answer.METADATA_REFUSED,
    HTTPStatus.TOO_MANY_REQUESTS: Answer.RATE_LIMITED,
}


def classify(status: int, words: str) -> Answer:
    """What an index means.

    Args:
        status: The HTTP status.
        words: Its reason phrase and body: where one status has several meanings, only they tell.

    Returns:
        The class of the answer; UNKNOWN for a server in trouble, which may have stored the file or not, and
        STRANGE for all that no index answers.
    """
    if 300 <= status < 400:  # noqa: PLR2004 - the statuses of redirects
        return Answer.WRONG_ADDRESS
    if 400 <= status < 500:  # noqa: PLR2004 - the statuses of refusals
        for pattern, answer in _BY_WORDS:
            if re.search(pattern, words, re.IGNORECASE):
                return answer
    trouble = 500 <= status < 600  # noqa: PLR2004 - the statuses of servers that have failed
    return Answer.UNKNOWN if trouble else _BY_STATUS.get(status, Answer.STRANGE)


def shown(*texts: str) -> str:
    """An index's words without markup and control characters, each said once."""
    plain = [" ".join(printable(html.unescape(re.sub(r"<[^>]*>|\s", " ", text))).split()) for text in texts]
    return ": ".join(dict.fromkeys(text for text in plain if text))


def _wait(retry_after: str) -> float | None:
    """The seconds in a Retry-After header (RFC 9110, 10.2.3)."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
