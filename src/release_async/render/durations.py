"""Times as a person says them: ``40 ms``, ``0.4 s``, ``2 min 05 s``. Pure."""


def duration(seconds: float) -> str:
    """A time for people: ``40 ms``, ``0.4 s``, ``2 min 05 s``."""
    if 0 < seconds < _SHORT:
        return f"{max(1, round(1000 * seconds))} ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{seconds:.1f} s"


_SHORT = 0.0995
"""Seconds below which milliseconds are shown; what rounds to a tenth is shown as one."""
