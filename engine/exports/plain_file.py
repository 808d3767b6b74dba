"""A file beside that of the plain backbone, which is written in the same way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.exports.content import Content
from engine.exports.format import Format, Opened
from engine.exports.graph import Graph
from engine.exports.latency import latency
from engine.exports.words import other_words

OF_AN_OPERATOR = 8
"""Numbers of its own that an operator may have beside weights, on average: shapes, axes, bounds."""


class PlainFile(NamedTuple):
    """What was written of the plain backbone, and opened.

    Attributes:
        content: that was written.
        path: the file.
        opened: it.
    """

    content: Content
    path: Path
    opened: Opened


def write_plain(
    form: Format, plain: Content, blank: Callable[[], nn.Module], folder: Path
) -> PlainFile:
    """Write the plain backbone.

    Args:
        form: in which format.
        plain: what is written of it.
        blank: makes what ships of it, untrained.
        folder: where to; several formats have room in one.

    Raises:
        ExportError: it cannot be written.
    """
    path = folder / form.file_name
    form.write(plain, path)
    return PlainFile(plain, path, form.open_as_used(path, blank, path))


def surplus(graph: Graph, plain: PlainFile) -> str:
    """What a file holds and the plain backbone's does not; or empty."""
    return graph.surplus(plain.opened.graph())


def other_helper(form: Format, file: Path, plain: PlainFile) -> str:
    """Which file that helps to use this one is another than the plain backbone's; or empty."""
    return ", ".join(
        f"another {name}" for name in form.helpers
        if file.with_name(name).read_bytes() != plain.path.with_name(name).read_bytes()
    )


def said_otherwise(
    form: Format, opened: Opened, content: Content, plain: PlainFile | None, *, alike: bool
) -> str:
    """What a file says that is not written of the plain backbone, in a clause; or empty.

    Args:
        form: of the file.
        opened: it.
        content: what is written of the plain backbone.
        plain: what was written of it here, if it could be.
        alike: the same packages wrote both.
    """
    if opened.words is None:
        return ""
    beside = plain.opened.words() if plain is not None and plain.opened.words else None
    # Quantisers name and merge tensors by what is in them, so integers are never named quite alike.
    alike = alike and form.is_exact
    return other_words(opened.words(), form.says(content), beside, alike=alike)


def too_many(form: Format, graph: Graph, content: Content, plain: PlainFile | None) -> str | None:
    """What a file holds beyond all numbers of the plain backbone, whoever wrote it.

    Exporters fold, split and reorder operators, each version in its own way. None of that makes
    more numbers than the parameters and buffers are, or than an exporter here makes of them, but
    for the few that an operator has of its own.

    Args:
        form: of the file.
        graph: what is in it.
        content: what is written of the plain backbone.
        plain: what was written of it here, if it could be.

    Returns:
        It as a clause, empty where there is nothing; None where it cannot be told, of formats that
        compute otherwise than in float32, or keep bytes.
    """
    if not form.is_exact or not graph.is_of_numbers:
        return None
    held = (content.with_normalisation if form.takes_pixels else content).network.state_dict()
    most, operators = sum(value.numel() for value in held.values()), len(graph.nodes)
    if plain is not None:
        written = plain.opened.graph()
        most, operators = max(most, written.numbers), len(written.nodes)
    if graph.numbers <= most + OF_AN_OPERATOR * operators:
        return ""
    return f"{graph.numbers:,} numbers, of which the plain backbone explains {most:,}"


def times_beside(
    form: Format, own: Opened, plain: PlainFile, some: Callable[[int], Tensor]
) -> list[dict[str, Any]]:
    """The latency of a file and of the plain backbone's, in turns.

    Args:
        form: of both.
        own: the file, opened.
        plain: the other.
        some: so many images (B, H, W, C).
    """
    content = plain.content.with_normalisation if form.takes_pixels else plain.content

    def images(size: int) -> NDArray[np.generic]:
        return content.feed(some(size)).numpy()

    return latency((own.predict, plain.opened.predict), images)


def worn(network: nn.Module) -> nn.Module:
    """The network with weights of which no two are equal: exporters write equal ones once."""
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for held in network.state_dict().values():
            if held.is_floating_point():
                held.add_(torch.rand(held.shape, generator=draws), alpha=0.01)
    return network
