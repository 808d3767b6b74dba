"""Knowledge distillation: a trained network teaches the one that ships."""

from typing import Self

import torch
from torch import nn

from engine.losses.distillation import divergence_from
from engine.methods.batch import Batch
from engine.methods.method import Loss, Method, Setting, supervised
from engine.registry import register
from engine.spec.errors import SpecError
from engine.spec.options import Options, option
from engine.spec.teaching import LIBRARY_LIMIT, SOURCES

BOTH_OVER_EXITS = (
    r"\text{with several exits } k \allowbreak \text{ both terms are summed over } k"
)


class KdOptions(Options):
    """Options of distillation."""

    teacher: str = option(
        "", f"Who teaches: {SOURCES}. Of a run it is the weights best by validation; 'run:12/last' "
        f"means its last. {LIBRARY_LIMIT}",
    )
    alpha: float = option(
        0.9, "Weight of what the teacher says; the labels have the rest.",
        title="Teaching weight α", source="RepDistiller: 0.1 CE + 0.9 T² KL", ge=0.0, le=1.0,
    )
    temperature: float = option(
        4.0, "Softens what the teacher says; the term is scaled by T².",
        title="Temperature T", source="RepDistiller", ge=0.1, le=100.0,
    )


@register(
    "method", "kd",
    title="Knowledge distillation",
    summary="A network that was trained before, often a larger one, teaches the one that ships by "
    "its softened predictions. It stays as it is. Every exit learns from it.",
    paper="Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network. 2015, "
    "arXiv 1503.02531.",
    equation="L = (1 − α) CE(ℓ, y) + α T² KL(σ_T(t) ‖ σ_T(ℓ)), t the teacher's logits\n"
    "with several exits k both terms are summed over k",
    latex=r"L = (1 - \alpha)\, \mathrm{CE}(\ell, y) \allowbreak "
    r"+ \alpha\, T^2\, \mathrm{KL}(\sigma_T(t) \parallel \sigma_T(\ell)), "
    r"\allowbreak t \text{ the teacher's logits} \\ " + BOTH_OVER_EXITS,
    parts=("teacher",),
    options=KdOptions,
    facts={"num_peers": 1, "cost": 1.35},
)
class Kd(Method):
    """L = (1 − α) CE(ℓ, y) + α T² KL(σ_T(t) ‖ σ_T(ℓ)), t the teacher's logits.

    Hinton et al. 2015, arXiv 1503.02531, with the weights of RepDistiller; the divergence is the
    mean over images. On a network with several exits both terms are summed over the exits, each
    learning from the teacher's last. The teacher sees the same augmented (and mixed) images, in
    eval mode, and has no gradient. It is part of the training system, and so of its weights:
    training is resumed with the teacher that it began with. With a teacher of its own size
    a step costs about 1.4 of a plain one.

    Raises:
        SpecError: no teacher is named.
    """

    def __init__(self, setting: Setting, options: KdOptions) -> None:
        super().__init__()
        self.options = options
        self.peers = nn.ModuleList([setting.make_backbone(0)])
        if not options.teacher:
            raise SpecError(f"this method needs a teacher: set its option teacher to {SOURCES}")
        self.teacher = setting.make_teacher(options.teacher).requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        """Set the mode of all but the teacher, which stays in eval mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" and "kd", each summed over the exits; draws nothing."""
        features = self.deployable().features(batch.x_BCHW)
        with torch.no_grad():
            teacher_BK = self.teacher(batch.x_BCHW)
        terms = supervised(features, batch.targets)
        terms["ce"] = (1 - self.options.alpha) * terms["ce"]
        told = divergence_from(teacher_BK, features.logits, self.options.temperature)
        return Loss(terms | {"kd": self.kd_weight * told}, features.logits[-1])

    @property
    def kd_weight(self) -> float:
        """What T² KL is multiplied with: α."""
        return self.options.alpha
