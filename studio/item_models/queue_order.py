"""The order of the queue, and what becomes of it when some of it is moved."""

from collections.abc import Collection, Sequence


def moved(order: Sequence[int], which: Collection[int], by: int) -> list[int]:
    """Return `order` with some of it moved by one place: up for −1, down for 1."""
    result = list(order)
    places = range(len(result)) if by < 0 else range(len(result) - 1, -1, -1)
    for place in places:
        other = place + by
        if result[place] in which and 0 <= other < len(result) and result[other] not in which:
            result[place], result[other] = result[other], result[place]
    return result


def put_before(order: Sequence[int], which: Collection[int], before: int | None) -> list[int]:
    """Return `order` with some of it, in the order that it has, put before another: None, last.

    Raises:
        ValueError: `before` stays in no place of its own: it is moved too, or is not in `order`.
    """
    rest = [run for run in order if run not in which]
    at = len(rest) if before is None else rest.index(before)
    return [*rest[:at], *(run for run in order if run in which), *rest[at:]]
