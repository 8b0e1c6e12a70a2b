"""Every answer of an index has a class, and only an answer that says so means that a file is stored."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from release_async.external.index.upload_responses import (
    CURES,
    IndexAnswer,
    UploadResult,
    from_no_response,
    from_response,
)


@pytest.mark.parametrize(
    ("status", "words", "answer"),
    [
        (200, "OK", IndexAnswer.STORED),
        (201, "Created", IndexAnswer.STORED),
        (204, "No Content", IndexAnswer.STRANGE),
        (301, "Moved Permanently", IndexAnswer.WRONG_ADDRESS),
        (308, "Permanent Redirect", IndexAnswer.WRONG_ADDRESS),
        (400, "File already exists ('demo-1.0.tar.gz', with blake2_256 hash '00').", IndexAnswer.EXISTS),
        (400, "Package 'demo-1.0.tar.gz' already exists!", IndexAnswer.EXISTS),
        (400, "This filename was previously used by a file that has since been deleted.", IndexAnswer.BURNED),
        (400, "The digest supplied does not match a digest calculated.", IndexAnswer.DAMAGED),
        (400, "File too large. Limit for project 'demo' is 100 MB.", IndexAnswer.TOO_LARGE),
        (400, "Project size too large. Limit for project 'demo' is 10 GB.", IndexAnswer.PROJECT_TOO_LARGE),
        (400, "Only one sdist may be uploaded per release.", IndexAnswer.ANOTHER_SDIST),
        (400, "Uploading files to releases older than 14 days is not allowed.", IndexAnswer.TOO_OLD),
        (400, "'Bad :: Classifier' is not a valid classifier.", IndexAnswer.METADATA_REFUSED),
        (401, "Unauthorized", IndexAnswer.BAD_CREDENTIAL),
        (403, "Invalid or non-existent authentication information.", IndexAnswer.BAD_CREDENTIAL),
        (403, "Invalid API Token: token is expired", IndexAnswer.BAD_CREDENTIAL),
        (403, "The user 'someone' isn't allowed to upload to project 'demo'.", IndexAnswer.NOT_ALLOWED),
        (403, "Read-only mode: Uploads are temporarily disabled", IndexAnswer.READ_ONLY),
        (403, "New uploads are temporarily disabled.", IndexAnswer.READ_ONLY),
        (404, "Not Found", IndexAnswer.WRONG_ADDRESS),
        (405, "Method Not Allowed", IndexAnswer.WRONG_ADDRESS),
        (409, "Conflict", IndexAnswer.EXISTS),
        (413, "Payload Too Large", IndexAnswer.TOO_LARGE),
        (418, "I'm a teapot", IndexAnswer.STRANGE),
        (422, "Unprocessable", IndexAnswer.METADATA_REFUSED),
        (408, "Request Timeout", IndexAnswer.UNKNOWN),
        (429, "Too many new projects created", IndexAnswer.TOO_MANY_PROJECTS),
        (429, "Slow down", IndexAnswer.RATE_LIMITED),
        (500, "File already exists", IndexAnswer.UNKNOWN),
        (502, "Bad Gateway", IndexAnswer.UNKNOWN),
        (999, "", IndexAnswer.STRANGE),
    ],
)
def test_answers_are_told_apart(status: int, words: str, answer: IndexAnswer) -> None:
    """One status has many meanings, which only its words tell; what is not understood is UNKNOWN."""
    assert from_response(status, (words,)).answer is answer


def test_the_words_may_stand_in_the_body_alone() -> None:
    """Some say why in their page alone, below a reason phrase that says nothing, as pypiserver does."""
    page = f"<html><style>{'p {} ' * 200}</style><pre>Package &#039;x&#039; already exists!</pre></html>"
    outcome = from_response(400, ("Bad Request", page))
    assert outcome.answer is IndexAnswer.EXISTS
    assert outcome.reason.startswith("Bad Request: ")


@pytest.mark.parametrize("page", ["<html><body>Welcome", "<!DOCTYPE html>\n<title>Log in</title>"])
def test_a_page_is_no_answer_of_an_index(page: str) -> None:
    """A network that wants a login first answers 200 to everything."""
    assert from_response(200, ("OK", page)).answer is IndexAnswer.STRANGE
    assert from_response(200, ("OK", "")).answer is IndexAnswer.STORED


def test_silence_before_the_first_byte_is_not_silence_after_it() -> None:
    """Only what was sent can have been stored."""
    assert from_no_response(0, "Connection refused").answer is IndexAnswer.UNREACHABLE
    assert from_no_response(1, "Connection reset").answer is IndexAnswer.UNKNOWN


@pytest.mark.parametrize(("header", "seconds"), [("", None), ("120", 120.0), ("soon", None), ("-1", None)])
def test_the_wait_is_read(header: str, seconds: float | None) -> None:
    """An index may say when to come back; rubbish there is no reason to fail."""
    assert from_response(429, ("Slow down",), header).wait == seconds


def test_a_wait_may_be_a_date() -> None:
    """RFC 9110 allows a date; one that has passed means now."""
    soon = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    wait = from_response(429, ("Slow down",), soon).wait
    assert wait is not None
    assert 3500 < wait <= 3600
    assert from_response(429, ("Slow down",), past).wait == 0.0


def test_every_failure_has_a_cure() -> None:
    """Whatever an index answers, the person is told what to do."""
    assert {answer for answer in IndexAnswer if not CURES.get(answer)} == {IndexAnswer.STORED}


def test_a_cure_names_the_setting_and_where_tokens_are_made() -> None:
    """Nobody has to guess which of several tokens was sent."""
    for answer in (IndexAnswer.BAD_CREDENTIAL, IndexAnswer.NOT_ALLOWED):
        cure = UploadResult(answer, 403, "no").cure(
            "PYPI_TEST_TOKEN", "https://index.example.com/token/", "__token__"
        )
        assert "PYPI_USERNAME" not in cure
        assert "the token in PYPI_TEST_TOKEN" in cure
        assert cure.endswith("is made at https://index.example.com/token/")


def test_a_cure_names_the_user_where_an_index_may_have_accounts() -> None:
    """Who has forgotten PYPI_USERNAME reads which name was sent; nobody is sent to make a token."""
    for answer in (IndexAnswer.BAD_CREDENTIAL, IndexAnswer.NOT_ALLOWED):
        cure = UploadResult(answer, 403, "no").cure("PYPI_API_TOKEN", "", "__token__")
        assert "the user name that was sent with it is __token__" in cure
        assert "set PYPI_USERNAME" in cure
        assert "is made at" not in cure


def test_who_has_set_a_user_name_is_told_of_the_password_first() -> None:
    """It may well be right: nobody is sent to set what is set."""
    for answer in (IndexAnswer.BAD_CREDENTIAL, IndexAnswer.NOT_ALLOWED):
        cure = UploadResult(answer, 403, "no").cure("PYPI_API_TOKEN", "", "carla")
        assert "the password, or the token, in PYPI_API_TOKEN" in cure.partition(";")[0]
        assert "carla, from PYPI_USERNAME" in cure.partition(";")[2]
        assert "set PYPI_USERNAME" not in cure


@pytest.mark.parametrize(
    ("said", "told"), [("None", "Forbidden"), ("not today", "Forbidden: Error: 403 Forbidden. not today")]
)
def test_of_a_page_that_says_nothing_only_the_status_is_told(said: str, told: str) -> None:
    """The page of pypiserver repeats the status and the address, and has None for a reason."""
    page = (
        "<!DOCTYPE HTML><html><title>Error: 403 Forbidden</title><body><h1>Error: 403 Forbidden</h1>"
        "<p>Sorry, the requested URL <tt>&#039;http://[::1]:8/&#039;</tt> caused an error:</p>"
        f"<pre>{said}</pre></body></html>"
    )
    assert from_response(403, ("Forbidden", page)).reason == told


def test_of_an_index_with_accounts_the_password_is_named() -> None:
    """Nobody who has typed a wrong password looks for what a token is for."""
    mine, public = (
        UploadResult(IndexAnswer.NOT_ALLOWED, 403, "").cure("TOKEN", page, "me") for page in ("", "x")
    )
    assert "the password, or the token, in TOKEN is right" in mine
    assert "password" not in public
