"""How a release is named: title of tag and page, tag, commit message, built files. Pure functions."""

import re

from release_async.versions import version_settings


def title(version: str) -> str:
    """The title of the annotated tag, and of the release page."""
    return f"Release {version}"


def tag(tag_format: str, version: str) -> str:
    """The name of the tag.

    Raises:
        ConfigurationError: Git does not take such a name.
    """
    return version_settings.tag(tag_format, version)


def commit_message(template: str, *, name: str, version: str, tag: str) -> str:
    """The message of the release commit.

    Args:
        template: Text in which ``{name}``, ``{version}`` and ``{tag}`` stand for the other three.
        name: The distribution's name.
        version: The version to be released.
        tag: The name of its tag, also where none is made.
    """
    return template.replace("{name}", name).replace("{version}", version).replace("{tag}", tag)


def built_files(name: str, version: str) -> tuple[str, ...]:
    """Patterns (fnmatch) of the names of wheel and sdist, in the order of their upload.

    See "Binary distribution format" and "Source distribution format", File name, of the packaging
    specifications.
    """
    stem = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}"
    return (f"{stem}-*.whl", f"{stem}.tar.gz")
