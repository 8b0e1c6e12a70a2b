"""What other programs wrote, cut to what matters: nothing that helps is lost, and nothing else is shown."""

from release_async.base.excerpt import LONGEST_LINE, excerpt, words_of_page

PAGE = """\
<!DOCTYPE html>
<html>
<head><title>502 Bad Gateway</title>
<style>body { font-family: sans-serif; }</style>
<script>window.x = "y";</script></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.27 &amp; co</center></body>
</html>
"""


def test_of_a_page_the_words_are_kept() -> None:
    """Each once, on one line, without style, script and markup; what stands around the page stays."""
    assert words_of_page(PAGE) == "502 Bad Gateway. nginx/1.27 & co"
    said = f"remote: no\n{PAGE}fatal: yes"
    assert excerpt(said) == "remote: no\n502 Bad Gateway. nginx/1.27 & co\nfatal: yes"


def test_a_page_that_was_cut_off_is_one_too() -> None:
    """Of a long answer only the beginning was read."""
    assert excerpt("<html><head><style>body {") == ""
    assert excerpt("<HTML><body>Not here") == "Not here"


def test_of_a_long_list_of_versions_the_newest_are_kept() -> None:
    """As pip has it, for what it found and for what it passed over; a short list stays."""
    listed = ", ".join(f"{major}.0" for major in range(200))
    said = f"ERROR: Could not find a version that satisfies the requirement x>=999 (from versions: {listed})"
    assert excerpt(said).endswith("(from versions: 196 others, 196.0, 197.0, 198.0, 199.0)")
    short = "ERROR: no (from versions: 1.0, 1.1)"
    assert excerpt(short) == short


def test_of_pip_the_errors_are_kept() -> None:
    """What it did before is in the log; what follows belongs to the error."""
    said = "Looking in indexes: https://x\nCollecting x\nERROR: conflict\n\nThe conflict is caused by:\n    a"
    assert excerpt(said) == "ERROR: conflict\n\nThe conflict is caused by:\n    a"


def test_advice_of_git_is_left_out() -> None:
    """It is about commands that nobody has typed."""
    assert excerpt("hint: use git replace\nhint:\nfatal: no\n hint: kept") == "fatal: no\n hint: kept"


def test_a_line_without_end_is_cut() -> None:
    """Minified or encoded text is no sentence."""
    assert len(excerpt("x" * 5000)) <= LONGEST_LINE + 4


def test_ornaments_take_no_line_of_their_own() -> None:
    """Pytest fills eighty columns, and what shows its words has an indent."""
    assert excerpt("=============== short test summary info ===============\n~~ a --") == (
        "=== short test summary info ===\n~~ a --"
    )


def test_sentences_stay_as_they_are() -> None:
    """Also with characters that look like markup."""
    for said in (
        "",
        "assert [1, 2, 3, 4, 5, 6, 7, 8, 9] == []",
        "if a < b and c > d: no",
        "fatal: Could not read\n  x <y@example.com>",
    ):
        assert excerpt(said) == said
