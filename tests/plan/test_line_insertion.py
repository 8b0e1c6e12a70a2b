"""Lines put into a text: theirs stay as they are, byte for byte."""

from hypothesis import given, strategies as st

from release_async.plan import line_insertion

TEXTS = st.text(st.sampled_from("ab #\n\r\t\x0b\u2028"), max_size=40)


@given(TEXTS, st.integers(0, 10))
def test_what_stood_there_stays(text: str, at: int) -> None:
    """Without our line the text is what it was, but for the end of a last line that had none."""
    standing = line_insertion.split(text)
    at = min(at, len(standing))
    made = line_insertion.split(line_insertion.put(text, at, ["OURS"]))
    assert made.pop(at).rstrip("\r\n") == "OURS"
    assert [line.rstrip("\r\n") for line in made] == [line.rstrip("\r\n") for line in standing]
    assert made[:-1] == standing[:-1]
    assert made == standing or (at == len(standing) and made[-1].startswith(standing[-1]))


def test_a_line_takes_the_end_of_the_others() -> None:
    """A file of Windows stays one."""
    assert line_insertion.put("a\r\nb\r\n", 1, ["x"]) == "a\r\nx\r\nb\r\n"
    assert line_insertion.add("a\r\nb", ["x"]) == "a\r\nb\r\n\r\nx\r\n"


def test_what_is_added_stands_apart() -> None:
    """By one empty line, and none where there is one or nothing."""
    assert line_insertion.add("", ["x"]) == "x\n"
    assert line_insertion.add("a\n", ["x"]) == "a\n\nx\n"
    assert line_insertion.add("a\n\n", ["x"]) == "a\n\nx\n"


def test_a_difference_says_what_is_new() -> None:
    """And, where it is asked for nothing else, no line beside it."""
    shown = line_insertion.difference("a", "one\r\ntwo\r\n", "one\r\ntwo\r\nthree\r\n", context=0)
    assert shown == ("a", False, "@@ -2,0 +3 @@\n+three")
    assert line_insertion.difference("a", None, "x\n").new
