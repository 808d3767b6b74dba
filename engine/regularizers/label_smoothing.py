"""Label smoothing (Szegedy et al. 2016, arXiv 1512.00567)."""

from dataclasses import replace

import numpy as np
from torch import Tensor

from engine.losses.targets import Targets
from engine.registry import register
from engine.spec.options import Options, option


class LabelSmoothingOptions(Options):
    """Options of label smoothing."""

    epsilon: float = option(
        0.1, "Part of the target that is spread evenly over all classes.",
        title="Smoothing ε", source="Szegedy et al. 2016, arXiv 1512.00567", gt=0.0, lt=1.0,
    )


@register(
    "regularizer", "label_smoothing",
    title="Label smoothing",
    summary="The right class is asked for with a little less than certainty; the rest is spread "
    "evenly over all classes. It goes into every cross-entropy of the images' labels.",
    paper="Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for "
    "Computer Vision. CVPR 2016, arXiv 1512.00567.",
    equation="t = (1 − ε) onehot(y) + ε/K",
    latex=r"t = (1 - \varepsilon)\, \mathrm{onehot}(y) + \varepsilon / K",
    options=LabelSmoothingOptions,
)
class LabelSmoothing:
    """t = (1 − ε) onehot(y) + ε/K; some repositories spread ε over the K − 1 wrong classes."""

    def __init__(self, options: LabelSmoothingOptions) -> None:
        self.options = options

    def __call__(
        self, views: tuple[Tensor, ...], targets: Targets, draws: np.random.Generator
    ) -> tuple[tuple[Tensor, ...], Targets]:
        """Return the images as they are and smoothed targets; draws nothing."""
        del draws
        return views, replace(targets, smoothing=self.options.epsilon)
