"""Work done ahead of need, on a thread beside the training thread."""

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

DEPTH = 2


def ahead(items: Iterable[T]) -> Generator[T]:
    """Yield `items`, made on a thread of their own, some before they are asked for.

    What making one raises is raised here, in its place. Closing the generator ends the thread.
    """
    making, end = iter(items), object()
    with ThreadPoolExecutor(1, "ahead") as pool:
        made = deque(pool.submit(next, making, end) for _ in range(DEPTH))
        while (item := made.popleft().result()) is not end:
            made.append(pool.submit(next, making, end))
            yield item  # pyright: ignore[reportReturnType]
