"""Plain training: what every other method is compared with."""

from torch import nn

from engine.methods.batch import Batch
from engine.methods.method import Loss, Method, Setting, supervised
from engine.registry import register
from engine.spec.options import Options


@register(
    "method", "plain",
    title="Plain",
    summary="Cross-entropy alone: the baseline of every comparison. Of a network with several "
    "exits or widths, each learns from the labels.",
    equation="L = Σ_k CE(ℓ_k, y) over the exits k",
    latex=r"L = \sum_k \mathrm{CE}(\ell_k, y) \allowbreak \text{ over the exits } k",
    facts={"num_peers": 1, "cost": 1.0},
)
class Plain(Method):
    """L = Σ_k CE(ℓ_k, y); one exit unless the network has more."""

    def __init__(self, setting: Setting, options: Options) -> None:
        super().__init__()
        del options
        self.peers = nn.ModuleList([setting.make_backbone(0)])

    def loss(self, batch: Batch) -> Loss:
        """Return the cross-entropy; draws nothing."""
        features = self.deployable().features(batch.x_BCHW)
        return Loss(supervised(features, batch.targets), features.logits[-1])
