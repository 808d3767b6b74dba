"""A running average of the weights, beside those that are trained.

Polyak, Juditsky: Acceleration of Stochastic Approximation by Averaging. SIAM J. Control Optim. 30
(1992), in its exponential form; early on the decay is held down by the number of steps, so that
the first weights are soon forgotten.
"""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

_FIRST, _HELD = 1.0, 10.0
"""After n steps the decay is at most (1 + n) / (10 + n)."""


class RunningAverage:
    """The exponential moving average of networks that are being trained.

    Statistics of batch norms are averaged like weights; counters are not, see `within`.

    Attributes:
        networks: a copy of them with the averaged weights, in eval mode.
    """

    def __init__(self, trained: nn.ModuleList, decay: float) -> None:
        """Begin with the weights as they are.

        Args:
            trained: the networks, on their device; they are read after every step.
            decay: the share of the average that a step leaves, at least 0 and below 1.
        """
        self._trained, self._decay, self._steps = trained, decay, 0
        self.networks = copy.deepcopy(trained).eval().requires_grad_(False)
        self._averaged, self._current = (
            [t for t in (*module.parameters(), *module.buffers()) if t.is_floating_point()]
            for module in (self.networks, trained)
        )

    @torch.no_grad()
    def update(self) -> None:
        """Take note of an optimiser step."""
        decay = min(self._decay, (_FIRST + self._steps) / (_HELD + self._steps))
        get_ema_multi_avg_fn(decay)(self._averaged, self._current, self._steps)
        self._steps += 1

    def begin_anew(self) -> None:
        """Forget every step; the average is the weights as they are."""
        self._steps = 0
        self.networks.load_state_dict(self._trained.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` takes."""
        return {"steps": self._steps, "networks": self.networks.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of the same networks."""
        self.networks.load_state_dict(state["networks"])
        self._steps = int(state["steps"])

    def fits(self, state: Mapping[str, Any]) -> bool:
        """Whether a state is one of such networks."""
        own: dict[str, Tensor] = self.networks.state_dict()
        held: Mapping[str, Tensor] = state.get("networks", {})
        return {n: t.shape for n, t in held.items()} == {n: t.shape for n, t in own.items()}

    def within(self, system: Mapping[str, Tensor], prefix: str = "peers.") -> dict[str, Tensor]:
        """A training system's state dict with the averages in it; counters are the system's own."""
        averaged: dict[str, Tensor] = self.networks.state_dict()
        return {**system, **{
            f"{prefix}{name}": value for name, value in averaged.items()
            if value.is_floating_point()
        }}
