"""Peer collaborative learning: branches learn from their ensemble and from each other's averages.

Legend: B batch, K classes, D width of the embedding.
"""

import copy

import torch
from torch import Tensor, nn

from engine.backbones.batch_norm import frozen_statistics
from engine.losses.distillation import divergence_from, mean_teaching, summed_cross_entropy
from engine.methods.batch import Batch
from engine.methods.branches import UNBRANCHED, BranchedMethod, answers, staged
from engine.methods.method import Loss, Setting
from engine.methods.ramp import RampOptions, ramp_weight
from engine.registry import register
from engine.spec.options import option


class PclOptions(RampOptions):
    """Options of peer collaborative learning."""

    num_branches: int = option(
        3, "Last stages in all, each with its own augmentation; the first one ships.",
        title="Branches", source="Wu and Gong 2021", ge=2, le=8,
    )
    temperature: float = option(
        3.0, "Softens what the teachers say; the terms are scaled by T².",
        title="Temperature T", source="Wu and Gong 2021", ge=0.1, le=100.0,
    )
    decay: float = option(
        0.999, "How much of the moving averages is kept in a step, once enough steps are done.",
        title="Decay of the averages", source="Wu and Gong 2021", ge=0.0, lt=1.0,
    )


@register(
    "method", "pcl",
    title="Peer collaborative learning (PCL)",
    summary="The network gets several last stages, each of which sees the images under an "
    "augmentation of its own and learns from the labels, from a classifier on the features of "
    "all, and from moving averages of the others. The first branch ships, as it was trained.",
    paper="Wu, Gong: Peer Collaborative Learning for Online Knowledge Distillation. AAAI 2021, "
    "arXiv 2006.04147.",
    equation="L = Σ_b CE(ℓ_b, y) + CE(ℓ_e, y) + w(e) T² Σ_b (KL(σ_T(sg ℓ_e) ‖ σ_T(ℓ_b)) "
    "+ mean_{c≠b} KL(σ_T(sg ℓ̄_c) ‖ σ_T(ℓ_b)))\n"
    "ℓ_b of view b, ℓ_e = FC([z_1, …, z_P]), ℓ̄_c of the moving average of trunk and branch c",
    latex=r"L = \sum_b \mathrm{CE}(\ell_b, y) + \mathrm{CE}(\ell_e, y) \allowbreak "
    r"+ w(e)\, T^2 \sum_b ( \allowbreak "
    r"\mathrm{KL}(\sigma_T(\mathrm{sg}\, \ell_e) \parallel \sigma_T(\ell_b)) \allowbreak "
    r"+ \operatorname*{mean}_{c \neq b}\, "
    r"\mathrm{KL}(\sigma_T(\mathrm{sg}\, \bar{\ell}_c) \parallel \sigma_T(\ell_b))) \\ "
    r"\ell_b \text{ of view } b, \allowbreak \ell_e = \mathrm{FC}([z_1, \dots, z_P]), "
    r"\allowbreak \bar{\ell}_c \text{ of the moving average} "
    r"\allowbreak \text{ of trunk and branch } c",
    parts=("all branches but the first", "feature ensemble", "moving averages"),
    refuses={"unbranched": UNBRANCHED},
    options=PclOptions,
    facts={"num_peers": 1, "cost": 4.4},
)
class Pcl(BranchedMethod):
    """L = Σ_b CE(ℓ_b, y) + CE(ℓ_e, y) + w(e) T² Σ_b (KL(ℓ_e ‖ ℓ_b) + mean_{c≠b} KL(ℓ̄_c ‖ ℓ_b)).

    Wu and Gong 2021, arXiv 2006.04147. Branch b sees view b: every view goes through the shared
    trunk by itself, so batch norms see one view at a time and the network that ships answers as it
    does alone. The peer mean teachers are one moving average of the trunk and one of each branch;
    teacher c sees view c, in train mode, with the batch norm of the batch. After step g (from 0)
    they keep min(1 − 1/(g + 1), decay) of themselves, statistics of batch norm included.

    What ships is branch 1 as it was trained: neither the average, which the reimplementation
    shaoeric/Peer-Collaborative-Learning-for-Online-Knowledge-Distillation evaluates, nor the best
    of the peers, which it reports. w(e): see `engine.methods.ramp`.
    """

    def __init__(self, setting: Setting, options: PclOptions) -> None:
        super().__init__(setting, options.num_branches)
        self.options, self.num_views = options, options.num_branches
        ship = self.deployable()
        with setting.auxiliary_stream(0):
            self.ensemble = nn.Linear(
                options.num_branches * ship.embedding_dim, setting.num_classes
            )
        self.averages = nn.ModuleList(copy.deepcopy(network) for network in self.networks)
        self.averages.requires_grad_(requires_grad=False)

    def loss(self, batch: Batch) -> Loss:
        """Return "ce", "ensemble_ce" and the weighted "ensemble_kl" and "mean_kl"."""
        networks, temperature = self.networks, self.options.temperature
        maps = [networks[0].trunk(x_BCHW)[-1] for x_BCHW in batch.views]
        embeddings, logits = answers(networks, maps)
        ensemble_BK = self.ensemble(torch.cat(embeddings, dim=1))
        weight = ramp_weight(batch.moment, self.options.ramp_epochs)
        terms = {
            "ce": summed_cross_entropy(batch.targets, logits),
            "ensemble_ce": batch.targets.cross_entropy(ensemble_BK),
            "ensemble_kl": weight * divergence_from(ensemble_BK, logits, temperature),
            "mean_kl": weight * mean_teaching(self.averaged(batch), logits, temperature),
        }
        return Loss(terms, logits[0])

    @torch.no_grad()
    def averaged(self, batch: Batch) -> list[Tensor]:
        """What the peer mean teachers say, (B, K) each, each of its own view."""
        averages = staged(list(self.averages))
        with frozen_statistics(self.averages):
            maps = [averages[0].trunk(x_BCHW)[-1] for x_BCHW in batch.views]
            return answers(averages, maps)[1]

    @torch.no_grad()
    def after_step(self, batch: Batch, loss: Loss) -> None:
        """Move the averages towards the networks."""
        decay = min(1 - 1 / (batch.moment.step + 1), self.options.decay)
        for average, network in zip(self.averages, self.networks, strict=True):
            source = network.state_dict()
            for name, mean in average.state_dict().items():
                if mean.is_floating_point():
                    mean.lerp_(source[name], 1 - decay)
