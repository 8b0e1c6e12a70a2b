"""Positions in TOML, proven by the standard library's own reader."""

import tomllib

import pytest
from hypothesis import given, strategies as st

from release_async.versions.formats import toml
from release_async.versions.text_encoding import UnreadableError

FORMS = {
    "plain": '[project]\nversion = "1.0"\n',
    "single quotes": "[project]\nversion='1.0'",
    "long": '[project]\nversion = """1.0"""\n',
    "long literal": "[project]\nversion = '''\n1.0'''\n",
    "dotted": 'project.version = "1.0"\n[x]\nversion = "9"\n',
    "quoted keys": '["project"]\n"version" = "1.0"\n',
    "escaped key": '["pro\\u006aect"]\nversion = "1.0"\n',
    "spaced header": '[ project ] # c\n  version\t=\t"1.0" # "2.0"\n',
    "inline": 'project = { name = "a", version = "1.0" }\n',
    "inline deep": 'tool = { x = [ { version = "9" }, [ "]" ] ] }\n[project]\nversion = "1.0"\n',
    "after an array of tables": '[[a]]\nversion = "9"\n[[a.b]]\nversion = "8"\n[project]\nversion = "1.0"\n',
    "other tables first": '[tool.x]\nversion = "1.0"\n[project.urls]\nversion = "9"\n'
    '[project]\nversion = "1.0"\n',
    "in a long string": 'x = """\n[project]\nversion = "9"\n""""\n[project]\nversion = "1.0"\n',
    "in a comment": '# [project]\n# version = "9"\n[project] \nversion = "1.0"\n',
    "values of every kind": "a = 1979-05-27 07:32:00\nb = [1, 2.5, true, # ]\n inf]\n"
    '[project]\nversion = "1.0"\n',
    "windows": '[project]\r\nname = "x"\r\nversion = "1.0"\r\n',
    "escapes": '[project]\nversion = "1\\u002e0"\n',
    "quotes inside": '[project]\nname = "a\\"]"\nversion = "1.0"\n',
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_the_span_is_the_value_of_exactly_that_key(text: str) -> None:
    """Putting something else into the span changes this key and nothing else."""
    span = toml.spans(text)["project", "version"]
    changed = tomllib.loads(text[: span.start] + "7.7" + text[span.end :])
    expected = tomllib.loads(text)
    expected["project"]["version"] = "7.7"
    assert changed == expected
    assert text.count("\n", 0, span.start) in {span.line - 1, span.line}


def test_an_array_of_tables_is_no_table() -> None:
    """What is inside an array has an empty key in its path, so it is never taken for the table's own."""
    assert set(toml.spans('[[project]]\nversion = "9"\n')) == {("project", "", "version")}


KEYS = st.one_of(st.text("ab-_1", min_size=1, max_size=3), st.text(max_size=4).map(str))
VALUES = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-99, 99), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def basic(text: str) -> str:
    """A TOML basic string with everything unusual escaped."""
    plain = "".join(sign if sign.isalnum() and sign.isascii() else f"\\U{ord(sign):08x}" for sign in text)
    return f'"{plain}"'


def inline(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, str):
        return basic(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ",\n ".join(map(inline, value)) + " ]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{basic(key)} = {inline(item)}" for key, item in value.items()) + "}"
    return str(value)


@given(st.dictionaries(KEYS.filter(bool), VALUES, max_size=5))
def test_every_string_outside_arrays_is_found(document: dict[str, object]) -> None:
    """The scanner sees the same strings as the parser, however they nest."""
    text = "".join(f"{basic(key)} = {inline(value)} # c\n" for key, value in document.items())
    spans = toml.spans(text)
    waiting: list[tuple[toml.Path, object]] = [((key,), value) for key, value in document.items()]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, str):
            start, end, _ = spans[path]
            assert tomllib.loads(f'x = "{text[start:end]}"') == {"x": value}


def test_a_broken_document_names_its_line() -> None:
    """What is no TOML is one clear value with the line."""
    with pytest.raises(UnreadableError) as caught:
        toml.load('[project]\nname = "x"\nversion = \n')
    assert caught.value.line == 3
    assert "TOML" in caught.value.reason
