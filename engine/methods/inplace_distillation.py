"""In-place distillation: the last exit, or the full width, teaches the others."""

from torch import nn

from engine.losses.distillation import divergence_from, summed_cross_entropy
from engine.methods.batch import Batch
from engine.methods.method import Loss, Method, Setting
from engine.registry import register
from engine.spec.errors import SpecError
from engine.spec.options import Options, option

SINGLE_EXIT = (
    "it lets the last exit teach the others, and this network has one exit only; choose a network "
    "with several exits or widths"
)


class InplaceDistillationOptions(Options):
    """Options of in-place distillation."""

    weight: float = option(
        1.0, "Weight of what the others learn from the last exit or the full width; IMTA: 0.1.",
        title="Distillation weight γ", source="Yu and Huang 2019", gt=0.0, le=100.0,
    )
    ce_weight: float = option(
        0.0, "Weight of the labels for the others; IMTA: 1.",
        title="Label weight of the others c", source="Yu and Huang 2019", ge=0.0, le=100.0,
    )
    temperature: float = option(
        1.0, "Softens what is taught; the term is scaled by T².",
        title="Temperature T", source="Yu and Huang 2019; IMTA's script", ge=0.1, le=100.0,
    )


@register(
    "method", "inplace_distillation",
    title="In-place distillation",
    summary="In a network with several exits or widths, the last exit or the full width learns "
    "from the labels, and the others from what it says.",
    paper="Yu, Huang: Universally Slimmable Networks and Improved Training Techniques. ICCV 2019, "
    "arXiv 1903.05134. With labels for all: Li, Zhang, Qi, Yang, Huang: Improved Techniques for "
    "Training Adaptive Deep Networks (IMTA). ICCV 2019, arXiv 1908.06294.",
    equation="L = CE(ℓ_n, y) + Σ_{k<n} (γ T² KL(σ_T(sg ℓ_n) ‖ σ_T(ℓ_k)) + c CE(ℓ_k, y))",
    latex=r"L = \mathrm{CE}(\ell_n, y) \allowbreak + \sum_{k<n} (\gamma\, T^2\, "
    r"\mathrm{KL}(\sigma_T(\mathrm{sg}\, \ell_n) \parallel \sigma_T(\ell_k)) "
    r"\allowbreak + c\, \mathrm{CE}(\ell_k, y))",
    refuses={"single_exit": SINGLE_EXIT},
    options=InplaceDistillationOptions,
    facts={"num_peers": 1, "cost": 1.0},
)
class InplaceDistillation(Method):
    """L = CE(ℓ_n, y) + Σ_{k<n} (γ T² KL(σ_T(sg ℓ_n) ‖ σ_T(ℓ_k)) + c CE(ℓ_k, y)).

    Yu and Huang 2019, arXiv 1903.05134: with γ = 1 and c = 0 on a universally
    slimmable network, whose widths follow the sandwich rule. With c = 1, γ = 0.1 it is IMTA's
    one-for-all knowledge distillation (arXiv 1908.06294), whose code takes the mean over the
    classes too where this is the divergence; its other two techniques are left out.

    Raises:
        SpecError: the network has one exit only.
    """

    def __init__(self, setting: Setting, options: InplaceDistillationOptions) -> None:
        super().__init__()
        self.options = options
        backbone = setting.make_backbone(0)
        if backbone.num_exits == 1:
            raise SpecError(f"in-place distillation cannot train this backbone: {SINGLE_EXIT}")
        self.peers = nn.ModuleList([backbone])

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" of the last exit, and "kl" and "exit_ce" of the others; draws nothing."""
        features = self.deployable().features(batch.x_BCHW)
        *others, last_BK = features.logits
        terms = {"ce": batch.targets.cross_entropy(last_BK), **features.penalties}
        told = divergence_from(last_BK, others, self.options.temperature)
        terms["kl"] = self.options.weight * told
        if self.options.ce_weight > 0:
            labels = summed_cross_entropy(batch.targets, others)
            terms["exit_ce"] = self.options.ce_weight * labels
        return Loss(terms, last_BK)
