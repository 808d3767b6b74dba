"""Plain training: what every other method is compared with."""

import torch
from torch import Tensor, nn

from engine.losses.cross_entropy import cross_entropy
from engine.methods.method import Loss, Method, Setting
from engine.registry import register
from engine.spec.options import Options, option


class PlainOptions(Options):
    """Options of plain training."""

    label_smoothing: float = option(
        0.0, "Part of the target spread evenly over all classes; 0.1 is usual, 0 is none.",
        title="Label smoothing ε", source="Szegedy et al. 2016, arXiv 1512.00567", ge=0.0, lt=1.0,
    )


@register(
    "method", "plain",
    title="Plain",
    summary="Cross-entropy alone, with label smoothing if you like: the baseline of every "
    "comparison.",
    equation="L = CE(ℓ, y)",
    options=PlainOptions,
    facts={"num_peers": 1, "cost": 1.0},
)
class Plain(Method):
    """L = CE(ℓ, (1 − ε) y + ε/K)."""

    def __init__(self, setting: Setting, options: PlainOptions) -> None:
        super().__init__()
        self.options = options
        self.peers = nn.ModuleList([setting.make_backbone(0)])

    def loss(self, x_BCHW: Tensor, y_B: Tensor, noise: torch.Generator) -> Loss:
        """Return the cross-entropy; draws nothing."""
        del noise
        logits_BK = self.peers[0](x_BCHW)
        return Loss({"ce": cross_entropy(logits_BK, y_B, self.options.label_smoothing)}, logits_BK)
