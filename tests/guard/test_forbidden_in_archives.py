"""Secrets, bytecode, links and names that lead elsewhere are in no archive; what looks alike may be."""

import pytest

from release_async.base.problems import Level
from release_async.guard import forbidden_in_archives, token_patterns
from release_async.guard.archive_members import Archive, Kind, Member
from release_async.guard.forbidden_in_archives import Exceptions, findings
from support import packed, secrets
from support.packed import said

pytestmark = pytest.mark.quick

NOTHING = forbidden_in_archives.Exceptions()
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def levels(*members: Member) -> list[tuple[str, Level]]:
    """How serious each finding is."""
    found = findings(Archive("demo.whl", "", members), NOTHING)
    return [(each.path, each.level) for each in found]


@pytest.mark.parametrize("name", ["demo/.env", "demo/prod.env", "tests/x/.env", ".pypirc"])
def test_a_file_for_secrets_is_judged_by_its_content(name: str) -> None:
    """A token, a password in an address, a setting of ours; options and placeholders are only told."""
    for secret in (
        b"API_KEY=abcdef",
        b"PYPI_USERNAME=me",
        b"export DB_PASSWORD='x'\n",
        b"A=1\nURL=db://u:p@h/\n",
    ):
        assert levels(Member(name, content=secret)) == [(name, Level.REFUSE)]
    for harmless in (
        b"",
        b"TERMINAL_WIDTH=3000\n",
        b"# TOKEN=x\n",
        b"API_KEY=\nTOKEN=<token>\nSECRET=changeme\n",
    ):
        assert levels(Member(name, content=harmless)) == [(name, Level.WARN)]


def test_a_key_below_tests_is_only_told_by_its_name() -> None:
    """Fixtures are named as what they stand for; a real key in one is found by its content."""
    assert levels(Member("tests/keys/id_ecdsa", content=b"not a key")) == [
        ("tests/keys/id_ecdsa", Level.WARN)
    ]
    assert levels(Member("demo/id_rsa", content=b"ssh-rsa AAAA me")) == [("demo/id_rsa", Level.WARN)]
    assert levels(Member("demo/id_rsa", content=b"not a key")) == [("demo/id_rsa", Level.REFUSE)]
    key = secrets.private_key().encode()
    assert levels(Member("demo/test/test.key", content=key)) == [("demo/test/test.key", Level.WARN)]
    assert levels(Member("demo/server.key", content=key)) == [("demo/server.key", Level.REFUSE)]
    other = b"-----BEGIN SOMETHING-----\n"
    assert levels(Member("demo/server.key", content=other)) == [("demo/server.key", Level.REFUSE)]
    assert levels(Member("talk.key", content=b"PK\x03\x04")) == []


def test_examples_of_secrets_are_told_and_real_tokens_are_refused() -> None:
    """A key in the documentation, a password in a test; a token of an index is one wherever it stands."""
    password = b"os.environ['TWINE_PASSWORD'] = 'shhhhhhh'\n"
    key = secrets.private_key().encode()
    told = (("docs/usage.rst", key), ("tests/test_a.py", password), ("samples/keycert.pem", key))
    for path, content in told:
        assert {level for _, level in levels(Member(path, content=content))} <= {Level.WARN}
    token = secrets.pypi().encode()
    assert levels(Member("tests/test_a.py", content=token)) == [("tests/test_a.py", Level.REFUSE)]


def words(*members: Member, exceptions: forbidden_in_archives.Exceptions = NOTHING) -> list[tuple[str, str]]:
    """What is said of a wheel with these members."""
    return said(list(findings(Archive("demo.whl", "", members), exceptions)))


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("demo/id_rsa", "is a private key or key store by its name"),
        ("id_ed25519", "is a private key or key store by its name"),
        ("demo/store.P12", "is a private key or key store by its name"),
        (
            "demo/__pycache__/a.cpython-311.pyc",
            "is bytecode, which may contain what its source no longer does",
        ),
        ("demo/a.pyc", "is bytecode, which may contain what its source no longer does"),
        ("demo/.git/config", "belongs to version control"),
        (".git", "belongs to version control"),
        ("demo.pth", "is run at every start of Python wherever this is installed"),
        ("demo-1.0.data/purelib/demo.pth", "is run at every start of Python wherever this is installed"),
    ],
)
def test_names_that_are_never_published(path: str, what: str) -> None:
    """Whatever is in the file."""
    assert words(Member(path, content=b"x")) == [(path, what)]


@pytest.mark.parametrize(
    "path",
    [
        *("demo/.env.example", "id_rsa.pub", "demo/identity.py", "demo/data/list.pth", ".gitignore"),
        *(".github/x.yml", "demo/environment.py", "demo/keys.py"),
    ],
)
def test_names_that_only_look_alike(path: str) -> None:
    """A path file is run only at the top; a public key is for all."""
    assert words(Member(path, content=b"x")) == []


def test_a_path_file_in_an_sdist_is_only_a_file() -> None:
    """Nothing is run from there."""
    assert list(findings(packed.sdist({"demo.pth": b"import x"}), NOTHING)) == []


def test_certificates_may_stay_and_keys_may_not() -> None:
    """The content says which of them a PEM file is."""
    key = secrets.private_key().encode()
    assert words(Member("demo/ca.pem", content=CERTIFICATE * 2)) == []
    ((path, what),) = words(Member("demo/both.pem", content=CERTIFICATE + key))
    assert (path, what[:20]) == ("demo/both.pem", "line 4: private key ")
    assert words(Member("demo/x.pem", content=CERTIFICATE + b"-----BEGIN PRIVATE KEY-----\nx"))


def test_tokens_are_found_in_any_file_and_never_shown() -> None:
    """By their exact form; the line is named."""
    secret = secrets.pypi()
    ((path, what),) = words(Member("demo/a.py", content=f"x = 1\nTOKEN = '{secret}'\n".encode()))
    assert path == "demo/a.py"
    assert what.startswith("line 2: PyPI API token")
    assert secret not in what


def test_what_the_project_has_said_of_a_secret_counts() -> None:
    """A marker in the line, the list of hashes, and the words for examples, as for the hooks."""
    secret = secrets.pypi()
    (found,) = token_patterns.findings("a.py", secret.encode())
    assert words(Member("a.py", content=f"{secret}  # {token_patterns.ALLOW}".encode())) == []
    exceptions = forbidden_in_archives.Exceptions(("fixture",), frozenset((found.digest,)))
    assert words(Member("a.py", content=secret.encode()), Member(".env.fixture"), exceptions=exceptions) == []


@pytest.mark.parametrize(
    "name",
    ["/etc/x", "../x", "a/../../x", "a//x", "./x", "a\\x", "C:x", "a/\x1b[2Jx", "a\0.py", "a/\udcff", ""],
)
def test_names_that_lead_elsewhere(name: str) -> None:
    """Absolute, upwards, unclear, or read differently by another system."""
    assert words(Member(name))[0] == (
        name,
        "has an unsafe name: it leads elsewhere, or systems read it differently",
    )


def test_links_devices_and_doubles() -> None:
    """The aim of a link is told."""
    found = words(
        Member("a", Kind.LINK, content=b"/etc/passwd"),
        Member("b", Kind.OTHER),
        Member("c.py"),
        Member("c.py"),
        Member("d/", Kind.FOLDER),
        Member("d/", Kind.FOLDER),
    )
    assert found == [
        ("c.py", "occurs 2 times: installers differ in which of them they use"),
        ("a", "is a link to /etc/passwd"),
        ("b", f"is a {Kind.OTHER}"),
    ]


FILES_OF_AN_SDIST = (
    *(Member("demo-1.0/README.md"), Member("demo-1.0/docs/a.md"), Member("demo-1.0/tests/", Kind.FOLDER)),
)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("docs/README.md", "../README.md"),
        ("docs/index.md", "./a.md"),
        ("manual", "docs"),
        ("docs/tests", "../tests"),
        ("again", "manual"),
    ],
)
def test_a_link_within_an_sdist_may_stay(name: str, target: str) -> None:
    """PyPI takes it, as that of a page of the documentation to the readme, and every installer unpacks it."""
    links = (Member("demo-1.0/manual", Kind.LINK, content=b"docs"),) if name == "again" else ()
    link = Member(f"demo-1.0/{name}", Kind.LINK, content=target.encode())
    archive = Archive("demo-1.0.tar.gz", "demo-1.0/", (*FILES_OF_AN_SDIST, *links, link))
    assert [*findings(archive, Exceptions())] == []


@pytest.mark.parametrize(
    "target",
    [
        *("/etc/passwd", "../../README.md", "../demo-1.0/../../x", "nothing.md", "", "docs\\a.md"),
        *("demo-1.0/README.md", "link", "other"),
    ],
)
def test_a_link_that_leads_elsewhere_or_nowhere_is_found(target: str) -> None:
    """Out of the archive, to what is not in it, or round in a circle; and no wheel has any."""
    members = (
        *FILES_OF_AN_SDIST,
        Member("demo-1.0/link", Kind.LINK, content=target.encode()),
        Member("demo-1.0/other", Kind.LINK, content=b"link"),
    )
    found = {each.path for each in findings(Archive("demo-1.0.tar.gz", "demo-1.0/", members), Exceptions())}
    assert found == {"link", "other"}
    wheel = (Member("a.py"), Member("b.py", Kind.LINK, content=b"a.py"))
    assert [each.path for each in findings(Archive("demo-1.0-py3-none-any.whl", "", wheel), Exceptions())]


def test_names_that_some_systems_take_for_one() -> None:
    """By case, and by the two ways to write an accent: there one file would overwrite the other."""
    found = words(
        *(Member("demo/Data.txt"), Member("demo/data.TXT"), Member("demo/other.txt")),
        *(Member("demo/caf\u00e9.txt"), Member("demo/cafe\u0301.txt")),
    )
    assert found == [
        ("demo/data.TXT", "is the same file as demo/Data.txt where systems ignore case or Unicode form"),
        (
            "demo/cafe\u0301.txt",
            "is the same file as demo/caf\u00e9.txt where systems ignore case or Unicode form",
        ),
    ]


@pytest.mark.parametrize(("folder", "level"), [("tests/demo", Level.WARN), ("src/demo", Level.REFUSE)])
def test_tests_may_hold_what_they_try(folder: str, level: Level) -> None:
    """Names that differ in the form of an accent, and folders called as those of version control."""
    members = tuple(
        Member(f"demo-1.0/{folder}/{name}")
        for name in ("man\u0303ana.txt", "ma\u00f1ana.txt", ".svn/entries")
    )
    found = [*findings(Archive("demo-1.0.tar.gz", "demo-1.0/", members), NOTHING)]
    assert [each.level for each in found] == [level, level]


def test_an_sdist_is_one_folder_and_faults_of_the_archive_are_told() -> None:
    """Whoever unpacks it gets nothing beside that folder."""
    members = (Member("demo-1.0", Kind.FOLDER), Member("demo-1.0/a.py"), Member("other/b.py"))
    archive = Archive("demo-1.0.tar.gz", "demo-1.0/", members, ("is odd",))
    assert said(list(findings(archive, NOTHING))) == [
        ("demo-1.0.tar.gz", "is odd"),
        ("other/b.py", "lies outside the folder demo-1.0/"),
    ]
