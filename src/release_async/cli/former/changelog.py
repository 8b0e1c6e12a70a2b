"""``release_async.changelog``: what is now `release_async.plan.changelog`. It owns nothing of its own."""

import warnings

from release_async.plan.changelog import section, shortened, tells

__all__ = ["section", "shortened", "tells"]

warnings.warn(
    "release_async.changelog has moved: import release_async.plan.changelog",
    DeprecationWarning,
    stacklevel=2,
)
