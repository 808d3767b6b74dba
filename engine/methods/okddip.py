"""OKDDip: auxiliary branches learn from each other by attention, the leader from all of them."""

from torch import nn

from engine.losses.distillation import mean_logits, summed_cross_entropy
from engine.losses.diverse_peers import diverse_divergence, peer_attention
from engine.losses.mutual import kl_divergence
from engine.methods.batch import Batch
from engine.methods.branches import UNBRANCHED, BranchedMethod, answers
from engine.methods.method import Loss, Setting
from engine.methods.ramp import RampOptions, ramp_weight
from engine.registry import register
from engine.spec.options import option

NARROWER = 8
"""The projections are an eighth as wide as the embedding, as in DefangChen/OKDDip-AAAI2020."""


class OkddipOptions(RampOptions):
    """Options of diverse peers."""

    num_branches: int = option(
        4, "Last stages in all: the group leader, which ships, and its auxiliary peers.",
        title="Branches", source="Chen et al. 2020", ge=3, le=8,
    )
    temperature: float = option(
        3.0, "Softens what peers are told; the terms are scaled by T².",
        title="Temperature T", source="Chen et al. 2020", ge=0.1, le=100.0,
    )


@register(
    "method", "okddip",
    title="OKDDip",
    summary="Online distillation with diverse peers: the network gets several last stages. The "
    "auxiliary ones learn from the labels and each from its own mixture of the others, weighed by "
    "attention; the group leader learns from the labels and from their mean, and ships.",
    paper="Chen, Mei, Wang, Feng, Chen: Online Knowledge Distillation with Diverse Peers. "
    "AAAI 2020, arXiv 1912.00350.",
    equation="L = Σ_b CE(ℓ_b, y) + w(e) T² (Σ_a KL(σ_T(t_a) ‖ σ_T(ℓ_a)) "
    "+ KL(σ_T(mean_a sg ℓ_a) ‖ σ_T(ℓ_leader)))\n"
    "t_a = Σ_{b≠a} α_ab sg ℓ_b, α_a = softmax_b(L(z_a)·E(z_b)) over the auxiliary peers a, b",
    latex=r"L = \sum_b \mathrm{CE}(\ell_b, y) \allowbreak + w(e)\, T^2\, "
    r"(\sum_a \mathrm{KL}(\sigma_T(t_a) \parallel \sigma_T(\ell_a)) \allowbreak "
    r"+ \mathrm{KL}(\sigma_T(\operatorname*{mean}_a\, \mathrm{sg}\, \ell_a) \parallel "
    r"\sigma_T(\ell_{\mathrm{leader}}))) \\ "
    r"t_a = \sum_{b \neq a} \alpha_{ab}\, \mathrm{sg}\, \ell_b, \allowbreak "
    r"\alpha_a = \mathrm{softmax}_b(L(z_a) \cdot E(z_b)) "
    r"\allowbreak \text{ over the auxiliary peers } a, b",
    parts=("auxiliary peers", "attention projections"),
    refuses={"unbranched": UNBRANCHED},
    options=OkddipOptions,
    facts={"num_peers": 1, "cost": 1.8},
)
class Okddip(BranchedMethod):
    """L = Σ_b CE(ℓ_b, y) + w(e) T² (Σ_a KL(t_a ‖ ℓ_a) + KL(mean_a sg ℓ_a ‖ ℓ_leader)).

    Chen et al. 2020, arXiv 1912.00350, the branch-based variant. As in DefangChen/OKDDip-AAAI2020,
    logits are mixed, not probabilities. Two things differ from that code. There a peer attends to
    itself too, and what teaches is not detached, so that a peer can make its divergence small by
    listening to itself, or by moving what it is told; here a peer attends to the others only, and
    the divergence reaches them through the attention alone. w(e): see `engine.methods.ramp`.
    """

    def __init__(self, setting: Setting, options: OkddipOptions) -> None:
        super().__init__(setting, options.num_branches)
        self.options = options
        width = self.deployable().embedding_dim
        with setting.auxiliary_stream(0):
            self.query = nn.Linear(width, max(1, width // NARROWER), bias=False)
            self.key = nn.Linear(width, max(1, width // NARROWER), bias=False)

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" of the branches and the weighted "peer_kl" and "leader_kl"."""
        networks, temperature = self.networks, self.options.temperature
        h_BCHW = networks[0].trunk(batch.x_BCHW)[-1]
        embeddings, logits = answers(networks, [h_BCHW] * len(networks))
        (_, *peers), (leader_BK, *peer_logits) = embeddings, logits
        attention_BPP = peer_attention(
            [self.query(z_BD) for z_BD in peers], [self.key(z_BD) for z_BD in peers]
        )
        weight = ramp_weight(batch.moment, self.options.ramp_epochs)
        terms = {
            "ce": summed_cross_entropy(batch.targets, logits),
            "peer_kl": weight * diverse_divergence(peer_logits, attention_BPP, temperature),
            "leader_kl": weight * kl_divergence(
                mean_logits(peer_logits), leader_BK, temperature
            ),
        }
        return Loss(terms, leader_BK)
