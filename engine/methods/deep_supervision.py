"""Deep supervision: the earlier stages are asked for the label too."""

from torch import nn

from engine.losses.distillation import summed_cross_entropy
from engine.methods.auxiliary_heads import HEAD_HELP, HeadKind, auxiliary_logits, make_heads
from engine.methods.batch import Batch
from engine.methods.method import STUDY, Loss, Method, Setting, supervised
from engine.registry import register
from engine.spec.options import Options, option

PAPER = "Lee, Xie, Gallagher, Zhang, Tu: Deeply-Supervised Nets. AISTATS 2015, arXiv 1409.5185."

HEADS = (
    r"w \sum_s \mathrm{CE}(\ell_s, y) \allowbreak \text{ over the stages } s \text{ but the last}"
)


class DeepSupervisionOptions(Options):
    """Options of deep supervision."""

    weight: float = option(
        1.0, "Weight of every auxiliary head's cross-entropy; the Inception networks take 0.4 "
        "(their first one 0.3).",
        title="Head weight w", source="d-li14/DHM: 1", ge=0.0, le=100.0,
    )
    head: HeadKind = option("linear", HEAD_HELP, title="Auxiliary heads", source="this project")


@register(
    "method", "deep_supervision",
    title="Deep supervision",
    summary="Auxiliary heads classify the maps of the earlier stages and learn from the labels, "
    "so that the gradient reaches these stages by a short way; the heads are removed afterwards.",
    paper=PAPER,
    equation="L = CE(ℓ, y) + w Σ_s CE(ℓ_s, y) over the stages s but the last",
    latex=r"L = \mathrm{CE}(\ell, y) + " + HEADS,
    parts=("auxiliary heads",),
    refuses={
        "exits": "the network's own exits learn from the labels already, which is deep "
        "supervision; train it plainly",
        "widths": "the network's widths learn from the labels already, and heads would see the "
        "full width alone; train it plainly",
    },
    evidence=STUDY + (
        "On 2,000 images of CIFAR-10 for 40 epochs: 3.7 points above plain (95 % interval 2.2 to "
        "5.2, five seeds). Other regimes have not been studied."
    ),
    options=DeepSupervisionOptions,
    facts={"num_peers": 1, "cost": 1.06},
)
class DeepSupervision(Method):
    """L = CE(ℓ, y) + w Σ_s CE(ℓ_s, y), s = 1 … S − 1.

    Lee et al. 2015, arXiv 1409.5185, whose companions are support vector machines with a squared
    hinge loss that fades out; here, as in d-li14/DHM and in the Inception networks (Szegedy et
    al. 2015, arXiv 1409.4842), they are softmax classifiers with a constant weight.
    """

    def __init__(self, setting: Setting, options: DeepSupervisionOptions) -> None:
        super().__init__()
        self.options = options
        backbone = setting.make_backbone(0)
        self.peers = nn.ModuleList([backbone])
        with setting.auxiliary_stream(0):
            self.heads = make_heads(backbone, options.head)

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" and the weighted "aux_ce"; draws nothing."""
        features = self.deployable().features(batch.x_BCHW)
        logits = auxiliary_logits(self.heads, features.maps)
        heads = self.options.weight * summed_cross_entropy(batch.targets, logits)
        return Loss(supervised(features, batch.targets) | {"aux_ce": heads}, features.logits[-1])
