"""Tags and notes of several runs: what they share is shown, and what is changed is applied."""

from collections.abc import Iterable, Sequence

from engine.spec.rows import RunRow


def tags_in(text: str) -> list[str]:
    """Return the tags that a text names, separated by commas."""
    return list(dict.fromkeys(tag for part in text.split(",") if (tag := part.strip())))


def shared_tags(runs: Sequence[RunRow]) -> list[str]:
    """Return the tags that all of some runs have."""
    return [tag for tag in runs[0].tags if all(tag in run.tags for run in runs)]


def other_tags(runs: Sequence[RunRow]) -> list[str]:
    """Return the tags that only some of them have."""
    shared = shared_tags(runs)
    return list(dict.fromkeys(tag for run in runs for tag in run.tags if tag not in shared))


def retag(runs: Sequence[RunRow], wanted: Iterable[str]) -> dict[int, list[str]]:
    """Return the new tags of those runs whose tags change.

    Args:
        runs: as they are.
        wanted: what became of the tags that they share; what only some of them have stays.
    """
    shared, wanted = shared_tags(runs), list(wanted)
    removed = set(shared).difference(wanted)
    found: dict[int, list[str]] = {}
    for run in runs:
        kept = [tag for tag in run.tags if tag not in removed]
        tags = [*kept, *(tag for tag in wanted if tag not in kept)]
        if tags != list(run.tags):
            found[run.id] = tags
    return found


def shared_note(runs: Sequence[RunRow]) -> str | None:
    """Return the note of some runs; None where they have several."""
    notes = {run.note for run in runs}
    return notes.pop() if len(notes) == 1 else None


def renote(runs: Sequence[RunRow], text: str) -> dict[int, str]:
    """Return the new notes of those runs whose note changes: none where several were left alone."""
    if shared_note(runs) is None and not text:
        return {}
    return {run.id: text for run in runs if run.note != text}
