"""Temperature scaling: logits divided by T, so that the network is as sure as it is right.

Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks. ICML 2017, arXiv 1706.04599.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.exports.format import outputs_of
from engine.exports.part import Part

HIGHEST = 20.0
"""T is looked for up to this, and down to one by this."""

_NEAR = 0.99


class Tempered(nn.Module):
    """What ships, with the logits of every output divided by its T; weights keep their names."""

    def __init__(self, network: nn.Module, temperatures: Sequence[float]) -> None:
        """Wrap `network`."""
        super().__init__()
        self.network, self.temperatures = network, tuple(temperatures)

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The network's state dict."""
        return self.network.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Load the network's state dict."""
        return self.network.load_state_dict(*args, **kwargs)

    def forward(self, x_BCHW: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return logits (B, K) / T, of every output if there are several."""
        logits = _cooled(outputs_of(self.network(x_BCHW)), self.temperatures)
        return logits[0] if len(logits) == 1 else logits


def tempered(part: Part, temperatures: Sequence[float]) -> Part:
    """A part whose logits are divided by a temperature for each output."""

    def cut(full: Backbone) -> nn.Module:
        return Tempered(part.cut(full), temperatures)

    def answer(full: Backbone, x_BCHW: Tensor) -> tuple[Tensor, ...]:
        return _cooled(part.answer(full, x_BCHW), temperatures)

    return replace(part, cut=cut, answer=answer)


def fit_temperature(logits_NK: NDArray[np.float32], labels_N: NDArray[np.int64]) -> float:
    """The T with which softmax(logits / T) has the least negative log-likelihood.

    Args:
        logits_NK: of images that were held out of the training.
        labels_N: their classes.
    """
    z_NK, y_N = torch.from_numpy(logits_NK).double(), torch.from_numpy(labels_N)

    def nll(log_t: float) -> float:
        return float(nn.functional.cross_entropy(z_NK / np.exp(log_t), y_N))

    limit = np.log(HIGHEST)
    found = minimize_scalar(nll, bounds=(-limit, limit), method="bounded")
    return float(np.exp(found.x))


def at_the_end(temperature: float) -> bool:
    """Whether a better one may lie beyond what was looked at."""
    return max(temperature, 1 / temperature) > _NEAR * HIGHEST


def _cooled(logits: Sequence[Tensor], temperatures: Sequence[float]) -> tuple[Tensor, ...]:
    return tuple(each / t for each, t in zip(logits, temperatures, strict=True))
