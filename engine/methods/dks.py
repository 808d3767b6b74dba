"""Deeply-supervised knowledge synergy: all classifiers of a network teach each other."""

from torch import nn

from engine.losses.distillation import dense_synergy, summed_cross_entropy
from engine.methods.auxiliary_heads import HEAD_HELP, HeadKind, auxiliary_logits, make_heads
from engine.methods.batch import Batch
from engine.methods.method import Loss, Method, Setting, supervised
from engine.registry import register
from engine.spec.options import Options, option


class DksOptions(Options):
    """Options of knowledge synergy."""

    weight: float = option(
        1.0, "Weight of what every classifier learns from every other.",
        title="Synergy weight w", source="Sun et al. 2019; d-li14/DHM", ge=0.0, le=100.0,
    )
    temperature: float = option(
        1.0, "Softens what the classifiers tell each other; the term is scaled by T².",
        title="Temperature T", source="Sun et al. 2019; d-li14/DHM", ge=0.1, le=100.0,
    )
    head: HeadKind = option(
        "conv", f"{HEAD_HELP} Networks with several exits or widths need no heads.",
        title="Auxiliary heads", source="Sun et al. 2019: heads made of the network's own blocks",
    )


@register(
    "method", "dks",
    title="Knowledge synergy (DKS)",
    summary="Auxiliary heads on the earlier stages learn from the labels, and every head and the "
    "network's own classifier learn from each other; the heads are removed afterwards. In a "
    "network with several exits or widths these do the same among themselves, without any head.",
    paper="Sun, Yao, Zhou, Zhao: Deeply-supervised Knowledge Synergy. CVPR 2019, arXiv 1906.00675. "
    "Also Li, Chen: Dynamic Hierarchical Mimicking Towards Consistent Optimization Objectives. "
    "CVPR 2020, arXiv 2003.10739.",
    equation="L = Σ_k CE(ℓ_k, y) + w Σ_{i≠j} T² KL(σ_T(sg ℓ_j) ‖ σ_T(ℓ_i)) over heads and exits k",
    latex=r"L = \sum_k \mathrm{CE}(\ell_k, y) \allowbreak + w \sum_{i \neq j} T^2\, "
    r"\mathrm{KL}(\sigma_T(\mathrm{sg}\, \ell_j) \parallel \sigma_T(\ell_i)) "
    r"\allowbreak \text{ over heads and exits } k",
    parts=("auxiliary heads",),
    options=DksOptions,
    facts={"num_peers": 1, "cost": 1.1},
)
class Dks(Method):
    """L = Σ_k CE(ℓ_k, y) + w Σ_{i≠j} T² KL(σ_T(sg ℓ_j) ‖ σ_T(ℓ_i)).

    Sun et al. 2019, arXiv 1906.00675, with all pairs in both directions (its dense variant); the
    same loss is that of Dynamic Hierarchical Mimicking (arXiv 2003.10739, d-li14/DHM). The papers'
    heads repeat the blocks of the stages they skip; ours are depthwise-separable and much lighter.
    """

    def __init__(self, setting: Setting, options: DksOptions) -> None:
        super().__init__()
        self.options = options
        backbone = setting.make_backbone(0)
        self.peers = nn.ModuleList([backbone])
        self.heads = None
        if backbone.num_exits == 1:
            with setting.auxiliary_stream(0):
                self.heads = make_heads(backbone, options.head)

    def loss(self, batch: Batch) -> Loss:
        """Return "ce", "aux_ce" of the heads if there are any, and "synergy"; draws nothing."""
        features = self.deployable().features(batch.x_BCHW)
        terms = supervised(features, batch.targets)
        logits = features.logits
        if self.heads is not None:
            heads = auxiliary_logits(self.heads, features.maps)
            terms["aux_ce"] = summed_cross_entropy(batch.targets, heads)
            logits = (*heads, *logits)
        told = dense_synergy(logits, self.options.temperature)
        terms["synergy"] = self.options.weight * told
        return Loss(terms, features.logits[-1])
