"""What GitHub says is understood by its status, its words and its head."""

import pytest

from release_async.base.errors import CommandError, TransientError
from release_async.external.github.responses import Response, parse


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_gh_shows_is_read(end: str) -> None:
    """Status line, head and body; the names of headers in whatever case."""
    lines = ("HTTP/2.0 404 Not Found", "X-RateLimit-Remaining: 0", "", '{"message": "Not Found"}')
    answer = parse(end.join(lines))
    assert answer == Response(404, {"message": "Not Found"}, {"x-ratelimit-remaining": "0"})
    assert answer.not_found


@pytest.mark.parametrize("body", ["", "<html>busy</html>"])
def test_a_body_that_is_no_json_is_an_empty_one(body: str) -> None:
    """A proxy on the way says it in its own form; the status tells enough."""
    assert parse(f"HTTP/1.1 502 Bad Gateway\n\n{body}") == Response(502, {}, {}, body)


@pytest.mark.parametrize("shown", ["", "error connecting to somewhere", "HTTP/1.1 nonsense"])
def test_what_is_no_answer_is_none(shown: str) -> None:
    """Words of gh's own are none of GitHub's."""
    assert parse(shown) is None


LIMITS = {
    "secondary, with a time": (429, "You have exceeded a secondary rate limit", {"Retry-After": "7"}, 7.0),
    "secondary, without": (403, "You have exceeded a secondary rate limit", {}, 60.0),
    "primary, by GitHub's own clock": (
        403,
        "API rate limit exceeded for user ID 1",
        {
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "1000000090",
            "Date": "Sun, 09 Sep 2001 01:46:40 GMT",
        },
        90.0,
    ),
    "any, by its head alone": (403, "Forbidden", {"Retry-After": "3"}, 3.0),
}


@pytest.mark.parametrize(("status", "message", "headers", "wait"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_known_with_its_end(
    status: int, message: str, headers: dict[str, str], wait: float
) -> None:
    """GitHub's two limits come alike and end differently; who asks too early makes them longer."""
    answer = Response(status, {"message": message}, {name.lower(): value for name, value in headers.items()})
    error = answer.error("asked for it")
    assert isinstance(error, TransientError)
    assert (error.wait, error.what) == (wait, f"GitHub answered {status} {message} (asked for it)")
    assert "gh api rate_limit" in error.cure


def test_a_right_that_is_missing_is_no_limit() -> None:
    """To wait for it would be in vain, however many requests are left."""
    left = {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": "1000000090"}
    error = Response(403, {"message": "Resource not accessible by integration"}, left).error("asked")
    assert isinstance(error, CommandError)
    assert "gh auth status" in error.cure
