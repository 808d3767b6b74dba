"""Equal networks that are trained together, and run at the same time where that is quicker."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from functools import cache
from threading import Barrier
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from engine.backbones.backbone import Backbone, Features

T = TypeVar("T")

_keeps: ContextVar[bool] = ContextVar("keeps", default=False)


@contextmanager
def keep_graphs(wanted: bool = True) -> Generator[None]:
    """Let backward run several times through what peers see within it, if that is wanted."""
    token = _keeps.set(wanted)
    try:
        yield
    finally:
        _keeps.reset(token)


class Peers(nn.ModuleList):
    """The networks that learn from each other; the first one ships.

    On a CPU with as many threads as peers, or more, every peer runs forward and backward on threads
    of its own: two networks on a core each are done before one after the other on two cores. The
    arithmetic of a peer depends on the number of its threads alone, so a repeated step gives the
    same bits. Networks that draw random numbers run one after the other, as they share a generator.
    """

    def __init__(self, peers: Sequence[Backbone]) -> None:
        super().__init__(peers)
        self._drawing: bool | None = None  # whether any of them draws, once that was asked

    def features(self, images: Tensor | Sequence[Tensor]) -> list[Features]:
        """What each peer sees.

        Args:
            images: (B, C, H, W), one tensor for all peers or one for each.
        """
        peers = [peer for peer in self if isinstance(peer, Backbone)]
        views = [images] * len(peers) if isinstance(images, Tensor) else list(images)
        if not _have_threads(len(peers), views[0]):
            return _in_turn(peers, views)
        if self._drawing is None:
            self._drawing = any(map(_draws, peers, views))
        if self._drawing:
            return _in_turn(peers, views)
        structure: list[Any] = []
        trigger = torch.empty(0, requires_grad=True)
        leaves = _SideBySide.apply(trigger, peers, views, structure)
        return tree_unflatten(leaves, structure[0])


@torch.no_grad()
def _draws(peer: Backbone, x_BCHW: Tensor) -> bool:
    """Whether the network draws random numbers while it trains.

    A copy is asked: the first step of a process, which may go on with a training, is to be like
    every other.
    """
    before = torch.default_generator.get_state()
    try:
        deepcopy(peer).train().features(x_BCHW[:2])
        return not torch.equal(before, torch.default_generator.get_state())
    finally:
        torch.default_generator.set_state(before)


def _have_threads(num_peers: int, x_BCHW: Tensor) -> bool:
    on_cpu = x_BCHW.device.type == "cpu" and torch.is_grad_enabled()
    return on_cpu and 1 < num_peers <= torch.get_num_threads()


def _in_turn(peers: Sequence[Backbone], views: Sequence[Tensor]) -> list[Features]:
    return [peer.features(x_BCHW) for peer, x_BCHW in zip(peers, views, strict=True)]


class _SideBySide(torch.autograd.Function):
    """The features of all peers as one node of the graph, with a graph inside for each peer."""

    @staticmethod
    def forward(
        ctx: Any, trigger: Tensor, peers: Sequence[Backbone], views: Sequence[Tensor],
        structure: list[Any],
    ) -> tuple[Tensor, ...]:
        """Run every peer on its thread; `trigger` is there to make backward come."""
        del trigger
        precision = torch.get_autocast_dtype("cpu"), torch.is_autocast_enabled("cpu")

        def run(peer: Backbone, x_BCHW: Tensor) -> Features:
            dtype, enabled = precision
            with torch.enable_grad(), torch.autocast("cpu", dtype, enabled=enabled):
                seen = peer.features(x_BCHW)
                return seen._replace(penalties=dict(seen.penalties))

        seen = _on_threads(run, peers, views)
        ctx.set_materialize_grads(False)  # what the loss does not look at has none
        ctx.keeps = _keeps.get()
        ctx.leaves = [tree_flatten(features)[0] for features in seen]
        leaves, spec = tree_flatten(seen)
        structure.append(spec)
        return tuple(leaf.detach() for leaf in leaves)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run backward through every peer on its thread; parameters gather their gradients."""
        coming = iter(gradients)
        given = [[next(coming) for _ in leaves] for leaves in ctx.leaves]

        def run(leaves: list[Tensor], gradients: list[Tensor | None]) -> None:
            wanted = [i for i, leaf in enumerate(leaves) if leaf.requires_grad]
            wanted = [i for i in wanted if gradients[i] is not None]
            torch.autograd.backward(
                [leaves[i] for i in wanted], [gradients[i] for i in wanted],
                retain_graph=ctx.keeps,
            )

        _on_threads(run, ctx.leaves, given)
        if not ctx.keeps:
            del ctx.leaves
        return None, None, None, None


def _on_threads(work: Callable[..., T], *each: Sequence[Any]) -> list[T]:
    """Call `work` for every peer, at the same time."""
    count = len(each[0])
    pool = _pool(count, torch.get_num_threads() // count)
    return list(pool.map(work, *each))


@cache
def _pool(count: int, threads: int) -> ThreadPoolExecutor:
    """As many Python threads as peers, each with its share of torch's threads."""
    started, mine = Barrier(count), torch.get_num_threads()

    def start() -> None:
        torch.set_num_threads(threads)
        torch.get_num_threads()  # from now on this thread keeps its number, whatever is set
        started.wait()

    pool = ThreadPoolExecutor(count, "peer", initializer=start)
    list(pool.map(lambda _: None, range(count)))
    torch.set_num_threads(mine)
    return pool
