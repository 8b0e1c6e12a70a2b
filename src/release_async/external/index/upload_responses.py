"""What an index's answer to an upload means, and what to do about it. It never decides to try again."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

from release_async.base import pypi_token
from release_async.base.errors import RUN_AGAIN
from release_async.base.excerpt import words_of_page
from release_async.base.printable_text import printable


class IndexAnswer(StrEnum):
    """What an index answered to one upload. Whether it has the file is known only from its list of files."""

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
    NO_IDENTITY = "no identity"
    NO_PUBLISHER = "no such publisher"
    PENDING_PUBLISHER = "pending publisher cannot be used"
    IDENTITY_REFUSED = "identity refused"
    NOT_OFFERED = "no trusted publishing"
    STRANGE = "strange"
    UNKNOWN = "unknown"


CURES = {
    IndexAnswer.STORED: "",
    IndexAnswer.EXISTS: "compare the hashes on the index; if they differ, release a higher version",
    IndexAnswer.BURNED: "release a higher version: an index never accepts a deleted file name again",
    IndexAnswer.ANOTHER_SDIST: "release a higher version: an index accepts one sdist of each version",
    IndexAnswer.TOO_OLD: "release a higher version: this index accepts no files of one after 14 days",
    IndexAnswer.BAD_CREDENTIAL: "check the token in {setting}; {account}",
    IndexAnswer.NOT_ALLOWED: (
        "check that the token in {setting} is for this project and its account may upload; {account}"
    ),
    IndexAnswer.READ_ONLY: "wait until the index accepts uploads again, which may be hours",
    IndexAnswer.RATE_LIMITED: "wait a while",
    IndexAnswer.TOO_MANY_PROJECTS: (
        "wait some hours: the index limits how many new projects there may be at once"
    ),
    IndexAnswer.TOO_LARGE: (
        "ask the index for a higher limit, or release a higher version with a smaller file"
    ),
    IndexAnswer.PROJECT_TOO_LARGE: (
        "ask the index for a higher limit, or delete old releases of the project there"
    ),
    IndexAnswer.METADATA_REFUSED: "correct what the index names, and release a higher version",
    IndexAnswer.DAMAGED: f"see what on the way to the index changes what is sent, then {RUN_AGAIN}",
    IndexAnswer.WRONG_ADDRESS: "correct the repository URL: it must be the address that uploads are sent to",
    IndexAnswer.UNREACHABLE: "check the network, the proxy and the repository URL",
    IndexAnswer.NO_IDENTITY: (
        "let the job ask for its identity (GitHub Actions: permissions: id-token: write in the job that "
        "publishes; GitLab: id_tokens), or put a token into {setting}"
    ),
    IndexAnswer.NO_PUBLISHER: (
        "add a trusted publisher to the project on the index whose repository, workflow and environment are "
        "those of this job, see the check credentials; a called workflow is none"
    ),
    IndexAnswer.PENDING_PUBLISHER: (
        "the project exists by now: add the publisher to the project itself, in its settings on the index"
    ),
    IndexAnswer.IDENTITY_REFUSED: (
        "see that the clock of the machine is right and that the job runs where the publisher on the index "
        "says; then run the job again"
    ),
    IndexAnswer.NOT_OFFERED: "put a token into {setting}: this index takes nothing else",
    IndexAnswer.STRANGE: "see what is between you and the index, such as a proxy or a login page",
    IndexAnswer.UNKNOWN: "wait a while (what the index has by then is not sent again)",
}
"""What to do about each answer; formatted with the name of the token's setting, and a word on the account."""

_OF_ACCOUNTS = {
    IndexAnswer.BAD_CREDENTIAL: "check the password, or the token, in {setting}; {account}",
    IndexAnswer.NOT_ALLOWED: (
        "check that the password, or the token, in {setting} is right and its user may upload this project; "
        "{account}"
    ),
}
"""The same for an index that may have users with passwords."""


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The result of one upload.

    Attributes:
        answer: The index's answer, classified.
        status: Its HTTP status; None where there was no answer.
        reason: Its text, or that of the failure, fit to be shown.
        wait: Seconds after which the index accepts another attempt; None where it did not say.
        page: The answer as it came where it was an HTML page, for the log; empty elsewhere.
    """

    answer: IndexAnswer
    status: int | None
    reason: str
    wait: float | None = None
    page: str = ""

    def cure(self, setting: str, page: str, user: str) -> str:
        """What a person can do about it.

        Args:
            setting: The name of the setting that has the token.
            page: Where tokens are created; empty where the index may have passwords instead.
            user: The user name that was sent with it.
        """
        account = f"another one is made at {page}" if page else _account(user)
        cures = CURES if page else CURES | _OF_ACCOUNTS
        return cures[self.answer].format(setting=setting, account=account)


def _account(user: str) -> str:
    """What else may be wrong: a name that the person has set may well be right, and was not forgotten."""
    if user == pypi_token.USER:
        return f"{_SENT} {user}: on an index with users and passwords, set PYPI_USERNAME to yours"
    return f"{_SENT} {user}, from PYPI_USERNAME: check that, too"


_SENT = "the user name that was sent with it is"


def from_response(status: int, texts: tuple[str, ...], retry_after: str = "") -> UploadResult:
    """Classify the answer of an index.

    Args:
        status: The HTTP status.
        texts: The reason phrase and the body, which tell apart the meanings of one status.
        retry_after: The header of that name, empty where there was none.
    """
    text = plain_text(*texts)
    answer = classify(status, text)
    if answer is IndexAnswer.STORED and any(map(_PAGE.search, texts)) and not _IDENTICAL.search(text):
        answer = (
            IndexAnswer.STRANGE
        )  # an index answers with a short text; an HTML page is that of a login or a proxy
    page = next(filter(_PAGE.search, texts), "")
    return UploadResult(answer, status, text, _wait(retry_after), page)


_PAGE = re.compile(r"<(!doctype\s+)?html\b", re.IGNORECASE)
_IDENTICAL = re.compile(r"upload of identical file", re.IGNORECASE)
"""devpi's answer, an HTML page, for bytes that it already has."""


def from_no_response(sent: int, text: str) -> UploadResult:
    """Classify an upload without an answer: if nothing was sent, the file cannot be on the index.

    Args:
        sent: Bytes of the body that were sent.
        text: The text of the failure.
    """
    return UploadResult(IndexAnswer.UNKNOWN if sent else IndexAnswer.UNREACHABLE, None, plain_text(text))


_MINTING = {
    "no-identity": IndexAnswer.NO_IDENTITY,
    "not-permitted": IndexAnswer.NO_IDENTITY,
    "not-given": IndexAnswer.UNREACHABLE,
    "not-usable": IndexAnswer.NO_IDENTITY,
    "not-offered": IndexAnswer.NOT_OFFERED,
    "no-answer": IndexAnswer.UNREACHABLE,
    "not-enabled": IndexAnswer.NOT_OFFERED,
    "invalid-publisher": IndexAnswer.NO_PUBLISHER,
    "invalid-pending-publisher": IndexAnswer.PENDING_PUBLISHER,
    "invalid-reusable-workflow": IndexAnswer.NO_PUBLISHER,
    "invalid-token": IndexAnswer.IDENTITY_REFUSED,
    "invalid-payload": IndexAnswer.IDENTITY_REFUSED,
}
"""The words of our own uploader, and those of PyPI (its documentation, "Troubleshooting" of publishers)."""


def from_minting(code: str, status: int, text: str, retry_after: str = "") -> UploadResult:
    """Classify why there was no token for the identity of a job; no byte of a file was sent.

    Args:
        code: The word for it.
        status: The HTTP status of the index, 0 where it was not asked or did not answer.
        text: What was said.
        retry_after: The header of that name, empty where there was none.
    """
    answer = _MINTING.get(code, IndexAnswer.IDENTITY_REFUSED)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer = IndexAnswer.RATE_LIMITED
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        answer = IndexAnswer.UNREACHABLE
    return UploadResult(answer, status or None, plain_text(code, text), _wait(retry_after))


_BY_TEXT = (
    (r"already exists|already been taken", IndexAnswer.EXISTS),
    (r"previously used by a file|filename has already been used", IndexAnswer.BURNED),
    (r"only one sdist", IndexAnswer.ANOTHER_SDIST),
    (r"older than \d+ days", IndexAnswer.TOO_OLD),
    (r"too many new projects", IndexAnswer.TOO_MANY_PROJECTS),
    (r"read-only mode|uploads are temporarily disabled", IndexAnswer.READ_ONLY),
    (r"invalid or non-existent authentication|invalid api token", IndexAnswer.BAD_CREDENTIAL),
    (r"project size too large", IndexAnswer.PROJECT_TOO_LARGE),
    (r"file too large", IndexAnswer.TOO_LARGE),
    (r"digest supplied does not match", IndexAnswer.DAMAGED),
)
"""What PyPI, devpi, pypiserver and others say, whatever status they send with it."""

_BY_STATUS: dict[int, IndexAnswer] = {
    HTTPStatus.OK: IndexAnswer.STORED,
    HTTPStatus.CREATED: IndexAnswer.STORED,
    HTTPStatus.ACCEPTED: IndexAnswer.STORED,
    HTTPStatus.BAD_REQUEST: IndexAnswer.METADATA_REFUSED,
    HTTPStatus.UNAUTHORIZED: IndexAnswer.BAD_CREDENTIAL,
    HTTPStatus.FORBIDDEN: IndexAnswer.NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: IndexAnswer.WRONG_ADDRESS,
    HTTPStatus.REQUEST_TIMEOUT: IndexAnswer.UNKNOWN,
    HTTPStatus.METHOD_NOT_ALLOWED: IndexAnswer.WRONG_ADDRESS,
    HTTPStatus.CONFLICT: IndexAnswer.EXISTS,
    HTTPStatus.GONE: IndexAnswer.WRONG_ADDRESS,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: IndexAnswer.TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY: IndexAnswer.METADATA_REFUSED,
    HTTPStatus.TOO_MANY_REQUESTS: IndexAnswer.RATE_LIMITED,
}


def classify(status: int, text: str) -> IndexAnswer:
    """Classify an answer by its status and text.

    Args:
        status: The HTTP status.
        text: Its reason phrase and body, which tell apart the meanings of one status.

    Returns:
        The class of the answer; UNKNOWN for a server error, after which the file may have been stored or not,
        and STRANGE for an answer that no index gives.
    """
    if 300 <= status < 400:  # noqa: PLR2004 - the statuses of redirects
        return IndexAnswer.WRONG_ADDRESS
    if 400 <= status < 500:  # noqa: PLR2004 - the statuses of refusals
        for pattern, answer in _BY_TEXT:
            if re.search(pattern, text, re.IGNORECASE):
                return answer
    server_error = 500 <= status < 600  # noqa: PLR2004 - the statuses of servers that have failed
    return IndexAnswer.UNKNOWN if server_error else _BY_STATUS.get(status, IndexAnswer.STRANGE)


def plain_text(*texts: str) -> str:
    """An index's text without markup and control characters; the same text only once."""
    plain = [_SAYS_NOTHING.sub("", " ".join(printable(_words(text)).split())).strip() for text in texts]
    told = dict.fromkeys(plain)
    again = {
        text
        for text in told
        if (bare := _TITLE.sub("", text).rstrip(".")) != text and (not bare or bare in told)
    }
    return ": ".join(text for text in told if text and text not in again)


_SAYS_NOTHING = re.compile(r"Sorry, the requested URL '[^']*' caused an error:\.? ?(None\Z)?")
"""What the pages of bottle say, which pypiserver is made with, where nobody has given a reason."""
_TITLE = re.compile(r"\A(error:? *)?\d{3}\b *", re.IGNORECASE)
"""What such pages begin with, which is only the status again."""


def _words(text: str) -> str:
    """The words of a page as a browser shows them; of other answers without the tags that some have."""
    if _PAGE.search(text):
        return words_of_page(text)
    return html.unescape(re.sub(r"<[^>]*>|\s", " ", text))


def _wait(retry_after: str) -> float | None:
    """The seconds in a Retry-After header (RFC 9110, 10.2.3)."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
