"""Networks compiled by torch.compile, for as long as they train.

What is evaluated, kept and shipped is the network as it was written; only the forward pass of
training, and the backward pass through it, are compiled.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone, Features
from engine.spec.errors import SpecError
from engine.training.job import Job

LookAt = Callable[[Tensor], Features]
COMPILERS = ("torch._dynamo", "torch._inductor")


class Compiled:
    """The compiled peers of a job; none where the spec asks for none."""

    def __init__(self, job: Job) -> None:
        """Compile nothing yet: that happens in the first step."""
        self._how = job.spec.training.compile
        self._features: dict[Backbone, LookAt] = {}
        self._pending = self._how != "off"
        if self._pending:
            peers = (peer for peer in job.system.peers if isinstance(peer, Backbone))
            self._features = {peer: self._compile(peer.features) for peer in peers}

    def _compile(self, features: LookAt) -> LookAt:
        if self._how == "default":
            return torch.compile(features, dynamic=False)
        graphed = torch.compile(features, dynamic=False, mode="reduce-overhead")

        def look_at(x_BCHW: Tensor) -> Features:
            seen = graphed(x_BCHW)
            # A graph writes where it wrote the last time; logits are looked at later.
            return seen._replace(logits=tuple(logits_BK.clone() for logits_BK in seen.logits))

        return look_at

    @contextmanager
    def in_use(self) -> Generator[None]:
        """Within it, the peers' features are the compiled ones."""
        for peer, features in self._features.items():
            peer.features = features  # pyright: ignore[reportAttributeAccessIssue]
        try:
            yield
        finally:
            for peer in self._features:
                del peer.features

    @contextmanager
    def step(self, note: Callable[[str], None]) -> Generator[None]:
        """Around each step; `note` is told how long the first one took.

        Raises:
            SpecError: the network cannot be compiled here.
        """
        since = time.monotonic()
        try:
            yield
        except Exception as error:
            if not type(error).__module__.startswith(COMPILERS):
                raise
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise SpecError(
                f"[training] compile = '{self._how}': PyTorch cannot compile the network here "
                f"({why[:200]}); set it to off"
            ) from error
        if self._pending:
            self._pending = False
            note(f"the first step took {time.monotonic() - since:.1f} s, compiling included")
