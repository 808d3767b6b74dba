"""Messages for unknown names."""

import difflib
from collections.abc import Iterable

MOST_NAMES = 30


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or the known names, if they are few, when none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    if len(names) > MOST_NAMES:
        return f" ({len(names)} are known; `sila catalog` lists them)"
    return f" (known: {', '.join(names)})" if names else ""
