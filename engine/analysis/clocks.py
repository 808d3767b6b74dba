"""Whether the seconds of runs say how long they train, and can be held against one another's."""

from collections.abc import Mapping

from engine.spec.clock import Clock

_MUST_AGREE: Mapping[str, str] = {
    "host": "computers", "device": "devices", "threads": "numbers of CPU threads",
}


def objection_to(clock: Clock | None) -> str:
    """Why the seconds of a run do not say how long it trains; empty where they do."""
    if clock is None:
        return "it has not kept when it trained"
    if clock.num_attempts > 1:
        return "it was paused or interrupted, and its clock stood still"
    if clock.beside:
        others = ", ".join(map(str, clock.beside[:3])) + (", …" if clock.beside[3:] else "")
        return f"it shared its device with run {others}"
    return ""


def objection_to_pair(run: int, clock: Clock, rival_run: int, rival_clock: Clock) -> str:
    """Why the seconds of two runs cannot be held against each other; empty where they can."""
    for what, words in _MUST_AGREE.items():
        ours, theirs = getattr(clock, what), getattr(rival_clock, what)
        if ours != theirs:
            return (
                f"runs {rival_run} and {run} trained on different {words} "
                f"({theirs or 'unknown'}, {ours or 'unknown'})"
            )
    return ""
