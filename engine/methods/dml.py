"""Deep Mutual Learning."""

import torch
from torch import Tensor, nn

from engine.losses.cross_entropy import cross_entropy
from engine.losses.mutual import mutual_divergence
from engine.methods.method import Loss, Method, Setting
from engine.registry import register
from engine.spec.options import Options, option

PAPER = "Zhang, Xiang, Hospedales, Lu: Deep Mutual Learning. CVPR 2018, arXiv 1706.00384."


class DmlOptions(Options):
    """Options of mutual learning."""

    num_peers: int = option(
        2, "Networks trained side by side; the first one ships.",
        title="Peers", source="Zhang et al. 2018", ge=2, le=8,
    )
    temperature: float = option(
        1.0, "Softens what the peers tell each other; the term is scaled by T².",
        title="Mutual temperature T", source="Zhang et al. 2018", ge=0.1, le=100.0,
    )


@register(
    "method", "dml",
    title="Deep Mutual Learning",
    summary="Several networks of one architecture learn side by side, each from the labels and "
    "from the others' predictions; one of them ships.",
    paper=PAPER,
    equation="L = Σ_p CE(ℓ_p, y) + Σ_p mean_{q≠p} T² KL(σ_T(sg ℓ_q) ‖ σ_T(ℓ_p))",
    parts=("all peers but the first",),
    options=DmlOptions,
    facts={"num_peers": 2, "cost": 2.0},
)
class Dml(Method):
    """L = Σ_p CE(ℓ_p, y) + Σ_p mean_{q≠p} T² KL(σ_T(sg ℓ_q) ‖ σ_T(ℓ_p)).

    Zhang et al. 2018, arXiv 1706.00384. The peers' predictions are targets without gradient.
    Where the paper updates one peer after the other, here all are updated in one step, from
    predictions of the same moment.
    """

    def __init__(self, setting: Setting, options: DmlOptions) -> None:
        super().__init__()
        self.options = options
        self.peers = nn.ModuleList(setting.make_backbone(p) for p in range(options.num_peers))

    def loss(self, x_BCHW: Tensor, y_B: Tensor, noise: torch.Generator) -> Loss:
        """Return the terms "ce" and "kl", each summed over the peers; draws nothing."""
        del noise
        logits = [peer(x_BCHW) for peer in self.peers]
        terms = {
            "ce": torch.stack([cross_entropy(logits_BK, y_B) for logits_BK in logits]).sum(),
            "kl": mutual_divergence(logits, self.options.temperature),
        }
        return Loss(terms, logits[0])
