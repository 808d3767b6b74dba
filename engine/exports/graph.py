"""What is in an exported file: its operators and its numbers, to be set against another file's."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

BYTES = "bytes"
"""The type of what a file keeps in a form of its own."""


@dataclass(frozen=True)
class Graph:
    """The operators and tensors of a file, without their values.

    Attributes:
        nodes: operators, in the order in which they are computed.
        tensors: what is kept in the file, as (type, shape), in any order.
    """

    nodes: tuple[str, ...]
    tensors: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def numbers(self) -> int:
        """How many all tensors hold."""
        return sum(prod(shape) for _, shape in self.tensors)

    @property
    def is_of_numbers(self) -> bool:
        """Whether the tensors are known as such, and not only as so many bytes."""
        return all(kind != BYTES for kind, _ in self.tensors)

    def summary(self) -> dict[str, Any]:
        """Counts of operators, tensors and numbers, and a hash of which they are."""
        text = repr((self.nodes, sorted(self.tensors)))
        return {
            "nodes": len(self.nodes),
            "tensors": len(self.tensors),
            "numbers": self.numbers,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }

    def surplus(self, plain: "Graph") -> str:
        """What this graph has and `plain` has not; empty where there is nothing.

        It may have fewer: equal tensors may have been written once. The order of operators that do
        not depend on each other is the exporter's own matter.
        """
        tensors = Counter(map(_tensor_name, self.tensors))
        more = [
            *_counted(Counter(self.nodes) - Counter(plain.nodes)),
            *_counted(tensors - Counter(map(_tensor_name, plain.tensors))),
        ]
        return ", ".join(more[:3]) + (" …" if len(more) > 3 else "")


def tensor(kind: object, shape: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """One entry of `Graph.tensors`."""
    return str(kind).removeprefix("torch."), tuple(int(size) for size in shape)


def _tensor_name(entry: tuple[str, tuple[int, ...]]) -> str:
    kind, shape = entry
    return f"{kind} {'×'.join(map(str, shape)) or 'scalar'}"


def _counted(surplus: Counter[str]) -> Iterable[str]:
    return (f"{count} × {name}" for name, count in surplus.items())
