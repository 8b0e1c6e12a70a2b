"""``release_async.tools.repository_url``: what is now `release_async.external.index.repository_url`."""

import warnings

from release_async.external.index.repository_url import pip_command as pip

__all__ = ["pip"]

warnings.warn(
    "release_async.tools.repository_url has moved: import release_async.external.index.repository_url, where "
    "pip is called pip_command",
    DeprecationWarning,
    stacklevel=2,
)
