"""Messages for unknown names."""

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

MOST_NAMES = 30
_NO_NOTES: Mapping[str, str] = MappingProxyType({})


def did_you_mean(
    name: str, known: Iterable[str], notes: Mapping[str, str] = _NO_NOTES
) -> str:
    """Return "; did you mean 'x'?", or the known names, if they are few, when none is close.

    Args:
        name: the unknown one.
        known: those that there are.
        notes: what is listed in brackets behind some of them.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    if len(names) > MOST_NAMES:
        return f" ({len(names)} are known; `sila catalog` lists them)"
    listed = (f"{each} ({notes[each]})" if each in notes else each for each in names)
    return f" (known: {', '.join(listed)})" if names else ""
