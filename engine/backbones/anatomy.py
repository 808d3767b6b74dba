"""Where a network of any library has its stage maps and its head, found by watching one forward.

Legend: B batch, N tokens, C channels, H height, W width.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

BATCH = 2
ACTIVATIONS = nn.ReLU.__module__


class Place(NamedTuple):
    """A module that returns a stage map.

    Attributes:
        name: of the module.
        channels: C of its output.
        channels_last: whether the output is (B, H, W, C) instead of (B, C, H, W).
    """

    name: str
    channels: int
    channels_last: bool


class Anatomy(NamedTuple):
    """What was found.

    Attributes:
        maps: where each resolution ends, largest first; nothing in a network that ends in tokens.
        head: name of the last linear layer or convolution.
    """

    maps: tuple[Place, ...]
    head: str


@dataclass
class Visit:
    """What was seen of a module: its last call.

    Attributes:
        module: itself.
        times: how often it was called.
        end: place of the end of the last call among the ends of all calls.
        sides: the H of the maps that went in or came out.
        output: what it returned.
    """

    module: nn.Module
    times: int
    end: int
    sides: frozenset[int]
    output: Any


def dissect(network: nn.Module, size: int, stages: Sequence[str] = ()) -> Anatomy:
    """Find stage maps and head in a forward of square images.

    A *block* is a largest module in which the resolution drops once at most. A stage map is what
    the last computing block of a resolution returns.

    Args:
        network: on the meta device.
        size: side of the images, in pixels.
        stages: the modules that return the stage maps, where that is settled.
    """
    visits = watch(network, size)
    head = max((v.end, name) for name, v in visits.items() if _is_layer(v.module))
    found = stages or _stage_ends(network, visits, head[0])
    return Anatomy(tuple(_place(name, visits[name].output) for name in found), head[1])


def watch(network: nn.Module, size: int) -> dict[str, Visit]:
    """Show two square images to a network on the meta device; return what was seen, by name."""
    visits: dict[str, Visit] = {}
    clock = iter(range(1, 1_000_000))

    def remember(name: str, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        sides = frozenset(_side(each) for each in (*inputs, output)) - {0, 1}
        times = visits[name].times + 1 if name in visits else 1
        visits[name] = Visit(module, times, next(clock), sides, output)

    hooks = [m.register_forward_hook(partial(remember, n)) for n, m in network.named_modules()]
    training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.empty(BATCH, 3, size, size, device="meta"))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return visits


def reads(make: Callable[[], nn.Module], size: int) -> bool:
    """Whether a network can be made, and shown square images of a size.

    Args:
        make: makes it, for this size.
        size: side of the images, in pixels.
    """
    try:
        with torch.device("meta"):  # shapes only, and no random number is drawn
            watch(make(), size)
    except (RuntimeError, ValueError, AssertionError, TypeError):  # each says it in its own way
        return False
    return True


def _stage_ends(network: nn.Module, visits: dict[str, Visit], head: int) -> list[str]:
    """Names of the blocks that end the resolutions of what is called before `head`."""
    ends: dict[int, str] = {}
    blocks = [name for name in _blocks(network, "", visits) if name in visits]
    for name in sorted(blocks, key=lambda name: visits[name].end):
        visit = visits[name]
        side = _side(visit.output)
        falls = 1 < side <= min(ends, default=side)
        if falls and visit.times == 1 and visit.end < head and _computes(visit.module):
            ends[side] = name
    last = max((visits[name].end for name in ends.values()), default=0)
    on_in_tokens = any(last < v.end < head and _returns_tokens(v) for v in visits.values())
    return [] if on_in_tokens else list(ends.values())


def _place(name: str, output: Tensor) -> Place:
    _, first, second, third = output.shape
    last = first == second != third
    return Place(name, third if last else first, last)


def _blocks(module: nn.Module, name: str, visits: dict[str, Visit]) -> Iterator[str]:
    """Names of the blocks in a module, which itself is opened."""
    for child_name, child in module.named_children():
        path = f"{name}.{child_name}" if name else child_name
        inside = (v.sides for n, v in visits.items() if n == path or n.startswith(f"{path}."))
        if len(frozenset[int]().union(*inside)) > 2:
            yield from _blocks(child, path, visits)
        else:
            yield path


def _side(output: Any) -> int:
    """H of square maps of the images that were shown, or 0 for anything else."""
    if not isinstance(output, Tensor) or output.ndim != 4 or output.shape[0] != BATCH:
        return 0
    _, first, second, third = output.shape
    if second == third:
        return second
    return first if first == second else 0


def _is_layer(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear | nn.Conv2d)


def _computes(module: nn.Module) -> bool:
    """Whether a module has parameters or is an activation; pooling and dropout make no stage."""
    is_activation = type(module).__module__ == ACTIVATIONS
    return is_activation or next(module.parameters(), None) is not None


def _returns_tokens(visit: Visit) -> bool:
    """Whether a module computes (B, N, C)."""
    out = visit.output
    return isinstance(out, Tensor) and out.ndim == 3 and _computes(visit.module)
