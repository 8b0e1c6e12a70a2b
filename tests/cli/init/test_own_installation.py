"""Where this installation came from: what its metadata and its installer say, as pip writes them."""

import json
from pathlib import Path

import pytest

from release_async import __version__
from release_async.cli.init import own_installation
from release_async.cli.pre_commit_config import Origin

HERE = "https://example.com/tools/release-async"


@pytest.fixture
def metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation that is found before the true one."""
    folder = tmp_path / f"release_async-{__version__}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: release-async\nVersion: {__version__}\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_an_installation_from_a_folder_names_no_place(metadata: Path) -> None:
    """A path of this machine is nobody else's business."""
    (metadata / "direct_url.json").write_text('{"dir_info": {"editable": true}, "url": "file:///clone"}')
    assert own_installation.origin() is None


def test_the_metadata_name_the_repository(metadata: Path) -> None:
    """By a label that PEP 753 knows, however it is written; the revision is the tag of the version."""
    with (metadata / "METADATA").open("a") as file:
        file.write(f"Project-URL: Homepage, https://example.com\nProject-URL: Source , {HERE}\n")
    assert own_installation.origin() == Origin(HERE, f"v{__version__}")


def test_what_was_installed_from_git_is_taken_from_there(metadata: Path) -> None:
    """By its commit, which is what runs here."""
    noted = {"url": HERE, "vcs_info": {"vcs": "git", "commit_id": "c0ffee", "requested_revision": "main"}}
    (metadata / "direct_url.json").write_text(json.dumps(noted))
    assert own_installation.origin() == Origin(HERE, "c0ffee")


def test_pip_is_told_the_very_same_tool(metadata: Path) -> None:
    """By its version where it came from an index, by commit or address where others have it too, else not."""
    assert own_installation.requirement() == f"release-async=={__version__}"
    vcs = {"vcs": "git", "commit_id": "c0ffee"}
    for noted, said in (
        ({"url": HERE, "vcs_info": vcs}, f"git+{HERE}@c0ffee"),
        ({"url": "file:///clone", "vcs_info": vcs}, ""),
        ({"url": "file:///clone", "dir_info": {}}, ""),
        ({"url": "file:///it.whl", "archive_info": {}}, ""),
        ({"url": f"{HERE}.whl", "archive_info": {}}, f"{HERE}.whl"),
    ):
        (metadata / "direct_url.json").write_text(json.dumps(noted))
        assert own_installation.requirement() == said
