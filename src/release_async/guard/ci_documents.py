"""Reads the YAML that configures CI, forgivingly: it is somebody else's. It judges nothing."""

from typing import Any

Table = dict[object, object]


def load(data: bytes) -> Table | None:
    """A YAML file as a table; None where it is none, which CI would not run either."""
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 - its stubs are a package of their own; few runs need it

    try:
        document = yaml.load(data.decode("utf-8", "replace"), _yaml_loader())  # noqa: S506 - a safe loader all the same
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _yaml_loader() -> Any:  # noqa: ANN401 - PyYAML has no types
    """A safe loader that reads as forges do: a date is text, and tags of their own are nothing."""
    import yaml  # noqa: PLC0415 - as above

    class Loader(yaml.SafeLoader):  # type: ignore[misc] # as above
        """As ``yaml.SafeLoader``, with constructors of its own."""

    def nothing(loader: Any, suffix: str, node: Any) -> None:  # noqa: ANN401, ARG001 - as PyYAML calls it
        return None

    Loader.add_multi_constructor("!", nothing)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)
    return Loader


def table(value: object) -> Table:
    """A mapping; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[Table]:
    """The mappings of a list; none where it is no list."""
    return [table(item) for item in value] if isinstance(value, list) else []


def text(value: object) -> str:
    """A scalar as text; a list or table, which aliases may make endless, is none."""
    return str(value) if isinstance(value, str | int | float) else ""


def texts(value: object) -> tuple[str, ...]:
    """The scalars of a list, or the one that stands in place of a list."""
    listed = value if isinstance(value, list) else [value] if value is not None else []
    return tuple(map(text, listed))


def events(document: Table) -> Table:
    """What starts a workflow of GitHub's; YAML 1.1 reads its key ``on`` as true."""
    given = document.get("on", document.get(True))
    return table(given) if isinstance(given, dict) else dict.fromkeys(texts(given))
