"""Which bytes are secrets, which lines count, and what may be said of them."""

import time

import pytest
from hypothesis import given, strategies as st

from release_async.guard import token_patterns
from release_async.guard.token_patterns import findings
from support import secrets


def kinds(path: str, text: str | bytes, *old: str) -> list[str]:
    """What is found, in the order of the lines."""
    content = text if isinstance(text, bytes) else text.encode()
    return [found.kind for found in findings(path, content, [before.encode() for before in old])]


def exact() -> dict[str, str]:
    """A secret of every shape that is known in any file."""
    return {
        "PyPI API token": secrets.pypi(),
        "TestPyPI API token": secrets.pypi_for_tests(),
        "GitHub token": secrets.github(),
        "GitLab token": "glpat" + "-" + secrets.characters(20),
        "AWS access key": secrets.aws(),
        "private key": secrets.private_key(),
    }


@pytest.mark.parametrize("kind", exact())
@pytest.mark.parametrize(
    "around", ["{}", "token = '{}'\n", '{{"a": "{}"}}', "curl -u x:{} y", "[{}]", "\xe9={}"]
)
def test_tokens_of_a_known_shape_are_found_anywhere(kind: str, around: str) -> None:
    """Whatever stands around them, in a file of any name."""
    assert kinds("any/file", around.format(exact()[kind])) == [kind]


def test_a_fine_grained_github_token_is_one_finding() -> None:
    """Its underscores do not make it several."""
    token = "github" + "_pat_" + secrets.characters(22) + "_" + secrets.characters(59)
    assert kinds("x", token) == ["GitHub token"]


@pytest.mark.parametrize(
    "kind",
    [
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "ENCRYPTED PRIVATE KEY",
    ],
)
def test_private_keys_of_every_kind_are_found(kind: str) -> None:
    """As files, indented, with Windows line ends, and as one line of JSON."""
    key = secrets.private_key(kind)
    for text in (key, key.replace("\n", "\n    "), key.replace("\n", "\r\n"), key.replace("\n", "\\n")):
        assert kinds("key.pem", text) == ["private key"]


def test_a_key_with_old_headers_is_found() -> None:
    """OpenSSL writes two lines between the mark and the body of a key with a password."""
    key = secrets.private_key().split("\n", 1)
    text = f"{key[0]}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n{key[1]}"
    assert kinds("key.pem", text) == ["private key"]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
        "if line == '-----BEGIN PRIVATE KEY-----':",
        "-----BEGIN PUBLIC KEY-----\n" + "aB3" * 30,
        "pypi-" + "AgEIcHlwaS5vcmc" + "x" * 150,
        "pypi-" + "AgEIcHlwaS5vcmc" + "CJ" + "0123456789" * 12,
        "pypi-" + "AgEIcHlwaS5vcmc",
        "pypi-server-is-a-package" + "-and-this-is-the-name-of-a-branch-that-is-about-it" * 2,
        "gh" + "p_" + "x" * 36,
        "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "AKI" + "AIOSFODNN7EXAMPLE",
        "AKI" + "A" * 17,
    ],
)
def test_what_nobody_ever_gave_out_is_no_secret(text: str) -> None:
    """Documentation shows shapes; a shape alone is none."""
    assert kinds("README.md", text) == []


def test_a_token_in_a_longer_word_is_another_thing() -> None:
    """A shape inside a longer run of the same characters is not that token."""
    assert kinds("x", "a" + secrets.pypi()) == []
    assert kinds("x", "A" + secrets.aws()) == []
    assert kinds("x", secrets.aws() + "A") == []


@pytest.mark.parametrize(
    "form",
    [
        *(
            "{}={}",
            "export {}={}",
            "{}: {}",
            "{}: '{}'",
            '{} = "{}"',
            "run: env {}={} twine upload",
            "{}:\t{}",
        ),
        '"{}": "{}"',
    ],
)
@pytest.mark.parametrize(
    "name", ["TWINE_PASSWORD", "UV_PUBLISH_TOKEN", "POETRY_PYPI_TOKEN_TESTPYPI", "PYPI_API_TOKEN"]
)
def test_a_publishing_credential_with_a_literal_is_found(form: str, name: str) -> None:
    """An index of one's own knows passwords of no shape: the variable's name gives them away."""
    assert kinds("ci.yml", form.format(name, secrets.characters(12))) == ["publishing credential"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("x.py", "os.environ['TWINE_PASSWORD'] = '{}'"),
        ("x.py", "env = {{'TWINE_PASSWORD': '{}'}}"),
        ("x.ts", 'process.env.UV_PUBLISH_TOKEN = "{}"'),
        ("x.md", "    TWINE_PASSWORD=1{} twine upload"),
        ("x.yml", "TWINE_PASSWORD: letters{}"),
        (".pypirc.old", "[pypi]\nusername = me\npassword = {}"),
        (".pypirc", "password: {}"),
        (".npmrc", "//registry.example.com/:_authToken={}"),
    ],
)
def test_credentials_in_code_and_in_files_of_known_names_are_found(path: str, line: str) -> None:
    """In code only what is quoted is a literal; ``password`` alone counts in ``.pypirc`` only."""
    assert len(kinds(path, line.format(secrets.characters(14)))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("ci.yml", "TWINE_PASSWORD: ${{ secrets.PYPI }}"),
        ("ci.yml", "TWINE_PASSWORD: ${TOKEN}"),
        ("x.sh", "export TWINE_PASSWORD=$TOKEN"),
        ("x.sh", 'TWINE_PASSWORD="$(pass show token)"'),
        ("x.bat", "set TWINE_PASSWORD=%SECRET_TOKEN%"),
        ("tox.ini", "TWINE_PASSWORD={env:TWINE_PASSWORD}"),
        ("x.md", "TWINE_PASSWORD=<your token>"),
        ("x.md", "UV_PUBLISH_TOKEN=pypi-..."),
        ("x.md", "UV_PUBLISH_TOKEN=pypi-xxxxxxxx"),
        ("x.md", "UV_PUBLISH_TOKEN=your-token-here"),
        ("x.md", "Set TWINE_PASSWORD: the password of the index"),
        (".env.example", "PYPI_API_TOKEN="),
        (".env.example", "PYPI_API_TOKEN=\nPYPI_TEST_TOKEN=\nPYPI_REPOSITORY_URL=\n"),
        ("x.yml", "TWINE_PASSWORD: changeme"),
        ("x.jinja", "TWINE_PASSWORD={{ token_value }}"),
        ("x.py", "run(TWINE_PASSWORD=secret_from_keyring)"),
        ("x.py", "TWINE_PASSWORD = read_token()"),
        ("x.py", "assert env['TWINE_PASSWORD'] == value_of_it"),
        ("x.rst", "TWINE_PASSWORD: credentials of the index"),
        ("setup.cfg", "password = hunter2hunter2"),
        ("uv.lock", "TWINE_PASSWORD=abc12345xyz"),
        (".npmrc", "//registry.example.com/:_authToken=${NPM_TOKEN}"),
    ],
)
def test_what_is_filled_in_later_is_no_literal(path: str, line: str) -> None:
    """References, templates, empty values and words for the reader pass."""
    assert kinds(path, line) == []


def test_a_token_in_a_publishing_variable_is_told_once() -> None:
    """By its most exact name."""
    assert kinds("x.env", f"TWINE_PASSWORD={secrets.pypi()}") == ["PyPI API token"]


def test_lines_that_stood_before_are_not_added() -> None:
    """An old finding never blocks a typing error's correction, also after a move or new line ends."""
    old = f"a\nkey = {secrets.pypi()}\nb\n"
    assert kinds("x", old.replace("a\n", "A typing error\n", 1), old) == []
    assert kinds("x", "b\n" + old, old) == []
    assert kinds("x", old.replace("\n", "\r\n"), old) == []
    assert kinds("x", old + f"again = {secrets.pypi()}\n", old) == ["PyPI API token"]
    assert kinds("x", old.replace("key", "token"), old) == ["PyPI API token"]


def test_a_key_that_is_exchanged_is_new() -> None:
    """Its first line may be the same for all keys of its kind."""
    first = secrets.private_key().splitlines()
    second = [*first[:2], *secrets.private_key().splitlines()[2:]]
    assert kinds("x", "\n".join(second), "\n".join(first)) == ["private key"]
    assert kinds("x", "\n".join(["", *first]), "\n".join(first)) == []


def test_a_merge_adds_what_no_parent_had() -> None:
    """Each side's own lines are old."""
    ours, theirs, neither = (f"{secrets.pypi()}\n" for _ in range(3))
    assert kinds("x", ours + theirs, ours, theirs) == []
    assert kinds("x", ours + neither, ours, theirs) == ["PyPI API token"]


@pytest.mark.parametrize("marker", [token_patterns.ALLOW, "gitleaks:allow", "pragma: allowlist secret"])
def test_a_marked_line_passes(marker: str) -> None:
    """Ours and those of the two common scanners; the next line is judged."""
    line = f"{secrets.pypi()}  # {marker}\n"
    assert kinds("x", line) == []
    assert kinds("x", line + secrets.pypi()) == ["PyPI API token"]


@pytest.mark.parametrize(
    "marker", ["release-async: allow-nextline-secret", "pragma: allowlist nextline secret"]
)
def test_a_mark_above_covers_one_finding(marker: str) -> None:
    """A key has no room for a comment in its own lines."""
    assert kinds("x", f"# {marker}\n{secrets.private_key()}") == []
    assert kinds("x", f"# {marker}\n\n{secrets.private_key()}") == ["private key"]
    assert kinds("x", f"# {marker}\n{secrets.pypi()}\n{secrets.pypi()}") == ["PyPI API token"]


def test_the_line_is_the_one_an_editor_shows() -> None:
    """Counted from 1, findings in order, whatever pattern found them."""
    text = f"\n{secrets.aws()}\r\n\n{secrets.pypi()}\n{secrets.private_key()}"
    assert [found.line for found in findings("x", text.encode())] == [2, 4, 5]


def test_utf_16_is_read() -> None:
    """As Windows' shells write it when their output goes into a file."""
    text = f"PYPI_API_TOKEN={secrets.pypi()}\n"
    assert kinds(".env.example", b"\xff\xfe" + text.encode("utf-16-le")) == ["PyPI API token"]
    assert kinds(".env.example", b"\xfe\xff" + text.encode("utf-16-be")) == ["PyPI API token"]


def test_binary_files_are_searched_for_exact_shapes_only() -> None:
    """A token is one in a database or an archive too; a variable's name there means little."""
    head = b"\0\1\2\n"
    assert kinds("x.db", head + secrets.pypi().encode()) == ["PyPI API token"]
    assert kinds("x.db", head + b"TWINE_PASSWORD=" + secrets.characters(12).encode()) == []


@pytest.mark.parametrize("kind", [*exact(), "publishing credential", "password for an index"])
def test_no_finding_holds_the_secret(kind: str) -> None:
    """Not eight characters of it in a row."""
    secret = exact().get(kind) or secrets.characters(30)
    line = {"publishing credential": "TWINE_PASSWORD=", "password for an index": "password="}.get(kind, "")
    [found] = findings(".pypirc", (line + secret).encode())
    assert found.kind == kind
    body = "".join(secret.splitlines()[1:2]) or secret[9:]
    assert not any(body[at : at + 8] in repr(found) for at in range(len(body) - 8))


def test_what_is_shown_finds_the_token_again() -> None:
    """The beginning that all tokens of its kind share, and the length."""
    [found] = findings("x", secrets.pypi(180).encode())
    assert found.shown == "pypi-AgEI..., 200 characters"


@given(st.binary(max_size=400), st.lists(st.binary(max_size=80), max_size=2))
def test_any_bytes_are_judged(content: bytes, old: list[bytes]) -> None:
    """Garbage raises nothing."""
    findings(".npmrc", content, old)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            b"-----BEGIN PRIVATE KEY-----",
            b"-----BEGIN A A A A ",
            b"pypi-AgEIcHlwaS5vcmc",
            b"TWINE_PASSWORD=' ",
        ),
        *(
            b"TWINE_PASSWORD        ",
            b"POETRY_PYPI_TOKEN_A",
            b"AKIAAAAA",
            b"ghp_aB3",
            b"password=\r",
            b"_authToken= ",
        ),
    ],
)
def test_hostile_files_cost_little(unit: bytes) -> None:
    """Time grows with the size, not its square: eight times as much takes no sixty-four times as long."""

    def seconds(size: int) -> float:
        content = unit * (size // len(unit))
        started = time.process_time()
        findings(".npmrc", content)
        return time.process_time() - started

    small = max(seconds(50_000), 0.002)
    assert seconds(400_000) < 30 * small


@pytest.mark.parametrize("hint", [b"ghp_", b"github_pat_", b"glpat-", b"AKIA", b"pypi-AgE", b"PRIVATE"])
def test_a_hint_by_chance_in_a_large_file_is_looked_at_in_one_place(hint: bytes) -> None:
    """Among megabytes of a compiled file it occurs now and then; its rule does not look through the rest."""
    noise = bytes(range(256)) * (1 << 13)

    def seconds(text: bytes) -> float:
        started = time.process_time()
        assert findings("native.so", text) == ()
        return time.process_time() - started

    without = min(seconds(noise) for _ in range(3))
    assert min(seconds(noise + b" " + hint + b" " + noise[:100]) for _ in range(3)) < 5 * without
