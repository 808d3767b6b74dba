"""Teacher-free knowledge distillation: from a run of the same network, or from no network at all.

Yuan, Tay, Li, Wang, Feng 2020, arXiv 1909.11723. The authors average divergences over B·K elements
instead of B images and make up for it by a multiplier (for ResNet-18 on 100 classes 50 and 100);
here the mean is over images, so that a K-th of the multiplier is left.
"""

import torch
from torch import nn

from engine.backbones.backbone import Backbone
from engine.losses.soft_targets import virtual_divergence
from engine.methods.batch import Batch
from engine.methods.kd import BOTH_OVER_EXITS, Kd, KdOptions
from engine.methods.method import Loss, Method, Setting, supervised
from engine.registry import register
from engine.spec.options import Options, option
from engine.spec.teaching import other_network

PAPER = (
    "Yuan, Tay, Li, Wang, Feng: Revisiting Knowledge Distillation via Label Smoothing "
    "Regularization. CVPR 2020, arXiv 1909.11723."
)
SOURCE = "Yuan et al. 2020, ResNet-18 on CIFAR-100"


class TfKdSelfOptions(KdOptions):
    """Options of self-training."""

    alpha: float = option(
        0.95, "Weight of what the teacher says; the labels have the rest.",
        title="Teaching weight α", source=SOURCE, ge=0.0, le=1.0,
    )
    temperature: float = option(
        6.0, "Softens what the teacher says; the term is scaled by T².",
        title="Temperature T", source=SOURCE, ge=0.1, le=100.0,
    )
    multiplier: float = option(
        0.5, "Multiplies the divergence; the authors' 50 with a mean over images and 100 classes.",
        title="Multiplier m", source=SOURCE, gt=0.0, le=100.0,
    )


@register(
    "method", "tf_kd_self",
    title="TF-KD, self-training",
    summary="The network is taught by a run of the same network that was trained without a "
    "teacher: distillation without a larger one.",
    paper=PAPER,
    equation="L = (1 − α) CE(ℓ, y) + α m T² KL(σ_T(t) ‖ σ_T(ℓ)), t the logits of the run before\n"
    "with several exits k both terms are summed over k",
    latex=r"L = (1 - \alpha)\, \mathrm{CE}(\ell, y) \allowbreak "
    r"+ \alpha\, m\, T^2\, \mathrm{KL}(\sigma_T(t) \parallel \sigma_T(\ell)), "
    r"\allowbreak t \text{ the logits of the run before} \\ " + BOTH_OVER_EXITS,
    parts=("teacher",),
    options=TfKdSelfOptions,
    facts={"num_peers": 1, "cost": 1.35},
)
class TfKdSelf(Kd):
    """L = (1 − α) CE(ℓ, y) + α m T² KL(σ_T(t) ‖ σ_T(ℓ)), t the logits of the run before.

    Yuan et al. 2020, arXiv 1909.11723, with the constants of the authors' code for
    ResNet-18 on CIFAR-100: a multiplier of 50 of the mean over B·K elements is m = 50/K = 0.5 of
    the mean over images. On other numbers of classes m stays what it is.

    Raises:
        SpecError: no teacher is named, or it is another network.
    """

    options: TfKdSelfOptions

    def __init__(self, setting: Setting, options: TfKdSelfOptions) -> None:
        super().__init__(setting, options)
        if _shapes(self.teacher) != _shapes(self.deployable()):
            raise other_network(options.teacher)

    @property
    def kd_weight(self) -> float:
        """What T² KL is multiplied with: α m."""
        return self.options.alpha * self.options.multiplier


class TfKdRegOptions(Options):
    """Options of the virtual teacher."""

    alpha: float = option(
        0.1, "Weight of what the virtual teacher says; the labels have the rest.",
        title="Teaching weight α", source=SOURCE, ge=0.0, le=1.0,
    )
    temperature: float = option(
        20.0, "Softens the virtual teacher.",
        title="Temperature T", source=SOURCE, ge=0.1, le=1000.0,
    )
    correct: float = option(
        0.99, "What the virtual teacher gives the right class; the others share the rest.",
        title="Right class a", source=SOURCE, gt=0.0, lt=1.0,
    )


@register(
    "method", "tf_kd_reg",
    title="TF-KD, virtual teacher",
    summary="A teacher made up by hand, which is right in 99 of 100 cases and softened until it is "
    "nearly even, regularises the network: akin to label smoothing.",
    paper=PAPER,
    equation="L = (1 − α) CE(ℓ, y) + α KL(softmax(u/T) ‖ σ(ℓ)), u = a at y, (1 − a)/(K − 1) else\n"
    "with several exits k both terms are summed over k",
    latex=r"L = (1 - \alpha)\, \mathrm{CE}(\ell, y) \allowbreak "
    r"+ \alpha\, \mathrm{KL}(\mathrm{softmax}(u/T) \parallel \sigma(\ell)), \allowbreak "
    r"u = a \text{ at } y, \allowbreak (1 - a)/(K - 1) \text{ else} \\ " + BOTH_OVER_EXITS,
    options=TfKdRegOptions,
    facts={"num_peers": 1, "cost": 1.0},
)
class TfKdReg(Method):
    """L = (1 − α) CE(ℓ, y) + α KL(softmax(u/T) ‖ σ(ℓ)), u = a at y, (1 − a)/(K − 1) else.

    Yuan et al. 2020, arXiv 1909.11723, as in the authors' code, from which the paper's equation
    differs: see `virtual_divergence`. Their multiplier of 100 of the mean over B·K elements is the
    mean over images, without any, on the 100 classes it was chosen for. Of a mixture, both classes'
    virtual teachers count by their shares.
    """

    def __init__(self, setting: Setting, options: TfKdRegOptions) -> None:
        super().__init__()
        self.options = options
        self.peers = nn.ModuleList([setting.make_backbone(0)])

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" and "virtual_kd", each summed over the exits; draws nothing."""
        options, features = self.options, self.deployable().features(batch.x_BCHW)
        told = [
            batch.targets.over(lambda y_B, own_BK=logits_BK: virtual_divergence(
                own_BK, y_B, options.correct, options.temperature
            ))
            for logits_BK in features.logits
        ]
        terms = supervised(features, batch.targets)
        terms["ce"] = (1 - options.alpha) * terms["ce"]
        terms["virtual_kd"] = options.alpha * torch.stack(told).sum()
        return Loss(terms, features.logits[-1])


def _shapes(network: Backbone) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in network.state_dict().items()}
