"""KDCL: several networks under different augmentations learn from their mean."""

import torch

from engine.losses.distillation import divergence_from, mean_logits
from engine.methods.batch import Batch
from engine.methods.dml import DmlOptions, make_peers
from engine.methods.method import Loss, Method, Setting, add_terms, supervised
from engine.methods.peers import Peers
from engine.registry import register
from engine.spec.options import Options, option


class KdclOptions(Options):
    """Options of collaborative learning."""

    num_peers: int = option(
        2, "Networks trained side by side, each with its own augmentation; the first one ships.",
        title="Peers", source="Guo et al. 2020", ge=2, le=8,
    )
    alpha: float = option(
        0.5, "How much the networks learn from their mean, and so much less from the labels.",
        title="Distillation weight α", source="Guo et al. 2020, as reimplemented for PCL's table",
        ge=0.0, lt=1.0,
    )
    temperature: float = option(
        4.0, "Softens what the mean says; the term is scaled by T².",
        title="Temperature T", source="Guo et al. 2020, as reimplemented for PCL's table",
        ge=0.1, le=100.0,
    )
    peer_backbones: tuple[str, ...] = option(
        (), "Backbones of the peers that do not ship, one each; empty takes the same for all.",
        title="Other peers' backbones", card="backbone", max_length=7,
    )


@register(
    "method", "kdcl",
    title="Collaborative learning (KDCL)",
    summary="Several networks, of one architecture or of several, see every image under an "
    "augmentation of their own, and learn from the labels and from the mean of what all of them "
    "say; one of them ships. Exits learn from the mean of the same exit.",
    paper="Guo, Wang, Wu, Yu, Liang, Hu, Luo: Online Knowledge Distillation via Collaborative "
    "Learning. CVPR 2020.",
    equation="L = Σ_p ((1 − α) CE(ℓ_p, y) + α T² KL(σ_T(sg m) ‖ σ_T(ℓ_p))), m = mean_q ℓ_q, "
    "ℓ_p of view p",
    latex=r"L = \sum_p ((1 - \alpha)\, \mathrm{CE}(\ell_p, y) \allowbreak "
    r"+ \alpha\, T^2\, \mathrm{KL}(\sigma_T(\mathrm{sg}\, m) \parallel \sigma_T(\ell_p))), "
    r"\allowbreak m = \operatorname*{mean}_q\, \ell_q, \allowbreak "
    r"\ell_p \text{ of view } p",
    parts=("all peers but the first",),
    options=KdclOptions,
    facts={"num_peers": 2, "cost": 2.05},
)
class Kdcl(Method):
    """L = Σ_p ((1 − α) CE(ℓ_p, y) + α T² KL(σ_T(sg m) ‖ σ_T(ℓ_p))), m = mean_q ℓ_q.

    Guo et al. 2020 (CVPR), whose variants choose among the peers' logits (naive), weigh them
    (linear, general) or take minima (min-logit); here they count the same, as in the comparison
    of shaoeric/Peer-Collaborative-Learning-for-Online-Knowledge-Distillation. Peer p sees view p,
    so the network that ships sees what it would see under any method.
    """

    def __init__(self, setting: Setting, options: KdclOptions) -> None:
        super().__init__()
        self.options, self.num_views = options, options.num_peers
        self.peers = make_peers(setting, DmlOptions(
            num_peers=options.num_peers, peer_backbones=options.peer_backbones
        ))

    def loss(self, batch: Batch) -> Loss:
        """Return the weighted "ce" and "kl", each summed over peers and exits; draws nothing."""
        assert isinstance(self.peers, Peers)
        seen = self.peers.features(batch.views)
        terms = add_terms(*(supervised(features, batch.targets) for features in seen))
        terms["ce"] = (1 - self.options.alpha) * terms["ce"]
        exits = zip(*(features.logits for features in seen), strict=True)
        told = [divergence_from(mean_logits(at), at, self.options.temperature) for at in exits]
        terms["kl"] = self.options.alpha * torch.stack(told).sum()
        return Loss(terms, seen[0].logits[-1])
