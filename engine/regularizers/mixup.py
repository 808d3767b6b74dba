"""Mixup (Zhang, Cissé, Dauphin, Lopez-Paz 2018, arXiv 1710.09412)."""

from dataclasses import replace

import numpy as np
from torch import Tensor

from engine.losses.targets import Targets
from engine.registry import register
from engine.regularizers.regularizer import ONE_MIXTURE, shuffled
from engine.spec.options import Options, option


class MixupOptions(Options):
    """Options of mixup."""

    alpha: float = option(
        1.0, "Shape of the Beta distribution that the shares are drawn from; 1 is even, less "
        "prefers one of the two images.",
        title="Mixing α", source="Zhang et al. 2018; 0.2 to 1 on CIFAR", gt=0.0, le=100.0,
    )


@register(
    "regularizer", "mixup",
    title="Mixup",
    summary="Every image is blended with another of its batch, and so are their labels.",
    paper="Zhang, Cissé, Dauphin, Lopez-Paz: mixup: Beyond Empirical Risk Minimization. "
    "ICLR 2018, arXiv 1710.09412.",
    equation="x̃ = λ x + (1 − λ) x′, L = λ CE(ℓ, y) + (1 − λ) CE(ℓ, y′), λ ~ Beta(α, α)",
    latex=r"\tilde{x} = \lambda\, x + (1 - \lambda)\, x', \allowbreak "
    r"L = \lambda\, \mathrm{CE}(\ell, y) \allowbreak + (1 - \lambda)\, \mathrm{CE}(\ell, y'), "
    r"\allowbreak \lambda \sim \mathrm{Beta}(\alpha, \alpha)",
    traits=("mixes_images",),
    refuses={"mixes_images": ONE_MIXTURE},
    options=MixupOptions,
)
class Mixup:
    """x̃ = λ x + (1 − λ) x′ with one λ ~ Beta(α, α) a batch, as in the authors' code."""

    def __init__(self, options: MixupOptions) -> None:
        self.options = options

    def __call__(
        self, views: tuple[Tensor, ...], targets: Targets, draws: np.random.Generator
    ) -> tuple[tuple[Tensor, ...], Targets]:
        """Return every view blended in the same way, and the labels of both images."""
        share = float(draws.beta(self.options.alpha, self.options.alpha))
        other_B = shuffled(targets.y_B, draws)
        mixed = tuple(share * x + (1 - share) * x[other_B] for x in views)
        return mixed, replace(targets, other_B=targets.y_B[other_B], share=share)
