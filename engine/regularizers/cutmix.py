"""CutMix (Yun et al. 2019, arXiv 1905.04899)."""

from dataclasses import replace

import numpy as np
from torch import Tensor

from engine.losses.targets import Targets
from engine.registry import register
from engine.regularizers.regularizer import ONE_MIXTURE, shuffled
from engine.spec.options import Options, option


class CutmixOptions(Options):
    """Options of CutMix."""

    alpha: float = option(
        1.0, "Shape of the Beta distribution that the shares are drawn from; 1 is even.",
        title="Mixing α", source="Yun et al. 2019", gt=0.0, le=100.0,
    )
    probability: float = option(
        0.5, "How often a batch is mixed at all.",
        source="the authors' CIFAR recipe", gt=0.0, le=1.0,
    )


@register(
    "regularizer", "cutmix",
    title="CutMix",
    summary="A rectangle of every image is replaced by that of another of its batch; the labels "
    "are mixed by area.",
    paper="Yun, Han, Oh, Chun, Choe, Yoo: CutMix: Regularization Strategy to Train Strong "
    "Classifiers with Localizable Features. ICCV 2019, arXiv 1905.04899.",
    equation="x̃ = M ⊙ x + (1 − M) ⊙ x′, L = λ CE(ℓ, y) + (1 − λ) CE(ℓ, y′), λ = mean(M)\n"
    "M = 0 in a box of area 1 − b, b ~ Beta(α, α)",
    latex=r"\tilde{x} = M \odot x + (1 - M) \odot x', \allowbreak "
    r"L = \lambda\, \mathrm{CE}(\ell, y) \allowbreak + (1 - \lambda)\, \mathrm{CE}(\ell, y'), "
    r"\allowbreak \lambda = \mathrm{mean}(M) \\ "
    r"M = 0 \text{ in a box of area } 1 - b, \allowbreak b \sim \mathrm{Beta}(\alpha, \alpha)",
    traits=("mixes_images",),
    refuses={"mixes_images": ONE_MIXTURE},
    options=CutmixOptions,
)
class Cutmix:
    """One rectangle a batch, of area 1 − λ before it is clipped at the border."""

    def __init__(self, options: CutmixOptions) -> None:
        self.options = options

    def __call__(
        self, views: tuple[Tensor, ...], targets: Targets, draws: np.random.Generator
    ) -> tuple[tuple[Tensor, ...], Targets]:
        """Return every view cut in the same way, and the labels of both images, by area."""
        if draws.random() >= self.options.probability:
            return views, targets
        height, width = views[0].shape[-2:]
        side = float(np.sqrt(1 - draws.beta(self.options.alpha, self.options.alpha)))
        rows, columns = _span(height, side, draws), _span(width, side, draws)
        other_B = shuffled(targets.y_B, draws)
        mixed: list[Tensor] = []
        for x_BCHW in views:
            cut_BCHW = x_BCHW.clone()
            cut_BCHW[..., rows, columns] = x_BCHW[other_B][..., rows, columns]
            mixed.append(cut_BCHW)
        area = (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
        return tuple(mixed), replace(targets, other_B=targets.y_B[other_B], share=1 - area)


def _span(length: int, part: float, draws: np.random.Generator) -> slice:
    """A random stretch of about `part` of `length`, clipped at both ends."""
    half, centre = int(length * part) // 2, int(draws.integers(length))
    return slice(max(0, centre - half), min(length, centre + half))
