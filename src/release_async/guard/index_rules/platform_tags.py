"""The platform tags that PyPI takes (PEP 425, 513, 571, 599, 600, 656, 730, 738, 783). Reads no file."""

import re
from typing import Final

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from release_async.base.lazy_typing import pattern

_MUSL: Final = r"x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64"
_MANY: Final = rf"{_MUSL}|ppc64"
_MAC: Final = r"ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2"
_ACCEPTED: Final = pattern(
    rf"""any | win32 | win_(?:amd64|arm64|ia64)
        | manylinux1_(?:x86_64|i686) | manylinux2010_(?:x86_64|i686)
        | manylinux2014_(?:x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)
        | manylinux_\d+_\d+_(?:{_MANY}) | musllinux_\d+_\d+_(?:{_MUSL})
        | linux_armv[67]l
        | macosx_(?:10_\d+|(?:1[1-5]|26)_0)_(?:{_MAC})
        | ios_\d+_\d+_(?:arm64|x86_64)_(?:iphoneos|iphonesimulator)
        | android_\d+_(?:armeabi_v7a|arm64_v8a|x86|x86_64)
        | pyemscripten_\d+_\d+_wasm32""",
    re.VERBOSE,
)


def refused(wheel: str) -> tuple[str, ...]:
    """The platform tags in the name of a wheel that PyPI does not take; empty if it takes them all.

    A name that is no wheel's has none: another rule reports it.
    """
    try:
        tags = parse_wheel_filename(wheel)[3]
    except InvalidWheelFilename:
        return ()
    return tuple(sorted({tag.platform for tag in tags if not _ACCEPTED.fullmatch(tag.platform)}))
