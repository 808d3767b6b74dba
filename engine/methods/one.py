"""ONE: branches of one network learn from their gated ensemble.

Legend: B batch, K classes, P branches, C channels.
"""

import torch
from torch import Tensor, nn

from engine.backbones.staged import global_average
from engine.losses.distillation import divergence_from, summed_cross_entropy
from engine.losses.precision import full
from engine.methods.batch import Batch
from engine.methods.branches import UNBRANCHED, BranchedMethod, answers
from engine.methods.method import Loss, Setting
from engine.methods.ramp import RampOptions, ramp_weight
from engine.registry import register
from engine.spec.options import option


class OneOptions(RampOptions):
    """Options of the native ensemble."""

    num_branches: int = option(
        3, "Last stages in all; the first one ships.",
        title="Branches", source="Lan et al. 2018", ge=2, le=8,
    )
    temperature: float = option(
        3.0, "Softens what the ensemble says; the term is scaled by T².",
        title="Temperature T", source="Lan et al. 2018", ge=0.1, le=100.0,
    )


@register(
    "method", "one",
    title="ONE",
    summary="On-the-fly native ensemble: the network gets several last stages, a gate weighs what "
    "they say into an ensemble, and each of them learns from the labels and from it. The first "
    "branch ships.",
    paper="Lan, Zhu, Gong: Knowledge Distillation by On-the-Fly Native Ensemble. NeurIPS 2018, "
    "arXiv 1806.04606.",
    equation="L = Σ_b CE(ℓ_b, y) + CE(ℓ_e, y) + w(e) T² Σ_b KL(σ_T(sg ℓ_e) ‖ σ_T(ℓ_b))\n"
    "ℓ_e = Σ_b g_b ℓ_b, g = softmax(ReLU(BN(FC(GAP(h)))))",
    latex=r"L = \sum_b \mathrm{CE}(\ell_b, y) + \mathrm{CE}(\ell_e, y) \allowbreak "
    r"+ w(e)\, T^2 \sum_b "
    r"\mathrm{KL}(\sigma_T(\mathrm{sg}\, \ell_e) \parallel \sigma_T(\ell_b)) \\ "
    r"\ell_e = \sum_b g_b\, \ell_b, \allowbreak "
    r"g = \mathrm{softmax}(\mathrm{ReLU}(\mathrm{BN}(\mathrm{FC}(\mathrm{GAP}(h)))))",
    parts=("all branches but the first", "gate"),
    refuses={"unbranched": UNBRANCHED},
    options=OneOptions,
    facts={"num_peers": 1, "cost": 1.55},
)
class One(BranchedMethod):
    """L = Σ_b CE(ℓ_b, y) + CE(ℓ_e, y) + w(e) T² Σ_b KL(σ_T(sg ℓ_e) ‖ σ_T(ℓ_b)).

    Lan et al. 2018, arXiv 1806.04606, and Lan1991Xu/ONE_NeurIPS2018. The gate
    reads the pooled map h of the trunk; the ensemble gets no gradient from what it teaches.
    w(e): see `engine.methods.ramp`.
    """

    def __init__(self, setting: Setting, options: OneOptions) -> None:
        super().__init__(setting, options.num_branches)
        self.options = options
        with setting.auxiliary_stream(0):
            self.gate = nn.Sequential(
                nn.Linear(self.deployable().stage_channels[-2], options.num_branches),
                nn.BatchNorm1d(options.num_branches), nn.ReLU(),
            )

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" of the branches, "ensemble_ce" and the weighted "kl"; draws nothing."""
        networks = self.networks
        h_BCHW = networks[0].trunk(batch.x_BCHW)[-1]
        _, logits = answers(networks, [h_BCHW] * len(networks))
        ensemble_BK = self.ensemble(h_BCHW, logits)
        told = divergence_from(ensemble_BK, logits, self.options.temperature)
        terms = {
            "ce": summed_cross_entropy(batch.targets, logits),
            "ensemble_ce": batch.targets.cross_entropy(ensemble_BK),
            "kl": ramp_weight(batch.moment, self.options.ramp_epochs) * told,
        }
        return Loss(terms, logits[0])

    def ensemble(self, h_BCHW: Tensor, logits: list[Tensor]) -> Tensor:
        """ℓ_e (B, K): the branches' logits weighed by the gate, which reads the trunk's map."""
        gate_BP = full(self.gate(global_average(h_BCHW))).softmax(dim=1)
        return (gate_BP[:, :, None] * full(torch.stack(logits, dim=1))).sum(dim=1)
