"""Be Your Own Teacher: the deepest classifier teaches the shallower ones.

Legend: B batch, K classes, D width of the embedding.
"""

from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features
from engine.losses.distillation import divergence_from, summed_cross_entropy
from engine.losses.feature_distance import feature_distance
from engine.methods.auxiliary_heads import AuxiliaryHead, make_bottlenecks
from engine.methods.batch import Batch
from engine.methods.method import Loss, Method, Setting
from engine.registry import register
from engine.spec.options import Options, option


class ByotOptions(Options):
    """Options of self-distillation."""

    alpha: float = option(
        0.1, "How much the shallow classifiers learn from the deepest one, and so much less from "
        "the labels; the authors' code takes 0.3.",
        title="Distillation weight α", source="luanyunteng/pytorch-be-your-own-teacher",
        ge=0.0, le=1.0,
    )
    temperature: float = option(
        3.0, "Softens what the deepest classifier says; the term is scaled by T².",
        title="Temperature T", source="Zhang et al. 2019", ge=0.1, le=100.0,
    )
    beta: float = option(
        1e-6, "Weight of the squared distance to the deepest features, summed over the images of "
        "a batch. The authors' code weighs the distance itself, not its square, with 0.03.",
        title="Feature weight β", source="luanyunteng/pytorch-be-your-own-teacher",
        ge=0.0, le=1.0,
    )


class Shallow(nn.Module):
    """The classifiers before the last, and their features in the width of the embedding.

    On a network with one exit they are bottleneck heads on its stage maps; on one with several
    they are its own exits, and a linear adapter reads the features of each.

    Args:
        backbone: gives the widths; it is not kept.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        *dims, width = backbone.exit_dims
        self.has_exits = bool(dims)
        self.readers = nn.ModuleList(
            [nn.Linear(dim, width) for dim in dims] or make_bottlenecks(backbone)
        )

    def forward(self, features: Features) -> tuple[list[Tensor], list[Tensor]]:
        """Return features F_k (B, D) and logits ℓ_k (B, K) of the classifiers but the deepest."""
        if self.has_exits:
            read = zip(self.readers, features.exit_embeddings, strict=False)
            return [adapter(v) for adapter, v in read], list(features.logits[:-1])
        heads = (head for head in self.readers if isinstance(head, AuxiliaryHead))
        answers = [head.answer(h) for head, h in zip(heads, features.maps, strict=False)]
        return [v for v, _ in answers], [logits for _, logits in answers]


@register(
    "method", "byot",
    title="Be Your Own Teacher",
    summary="Shallow classifiers on the earlier stages learn from the labels, from what the "
    "deepest classifier says, and from its features; those that were added are removed "
    "afterwards. In a network with several exits or widths these are the classifiers.",
    paper="Zhang, Song, Gao, Chen, Bao, Ma: Be Your Own Teacher: Improve the Performance of "
    "Convolutional Neural Networks via Self Distillation. ICCV 2019, arXiv 1905.08094.",
    equation="L = CE(ℓ_C, y) + Σ_{k<C} ((1 − α) CE(ℓ_k, y) + α T² KL(σ_T(sg ℓ_C) ‖ σ_T(ℓ_k)) "
    "+ β ‖F_k − sg F_C‖²)",
    latex=r"L = \mathrm{CE}(\ell_C, y) \allowbreak "
    r"+ \sum_{k<C} ((1 - \alpha)\, \mathrm{CE}(\ell_k, y) \allowbreak "
    r"+ \alpha\, T^2\, \mathrm{KL}(\sigma_T(\mathrm{sg}\, \ell_C) \parallel \sigma_T(\ell_k)) "
    r"\allowbreak + \beta\, \|F_k - \mathrm{sg}\, F_C\|^2)",
    parts=("bottleneck heads", "feature adapters"),
    options=ByotOptions,
    facts={"num_peers": 1, "cost": 1.1},
)
class Byot(Method):
    """L = CE(ℓ_C, y) + Σ_{k<C} ((1 − α) CE(ℓ_k, y) + α T² KL(ℓ_C ‖ ℓ_k) + β ‖F_k − sg F_C‖²).

    Zhang et al. 2019, arXiv 1905.08094: the deepest classifier C learns from the
    labels alone and gets no gradient from what it teaches. Features are pooled; the squared
    distance is summed over the batch, which is what the default β belongs to
    (luanyunteng/pytorch-be-your-own-teacher, without its mask of places where both are 0). On a
    network with several exits, F_k is a linear map of what the head of exit k reads.
    """

    def __init__(self, setting: Setting, options: ByotOptions) -> None:
        super().__init__()
        self.options = options
        backbone = setting.make_backbone(0)
        self.peers = nn.ModuleList([backbone])
        with setting.auxiliary_stream(0):
            self.shallow = Shallow(backbone)

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" of the deepest and the shallow "aux_ce", "kl" and "feature", weighted."""
        features = self.deployable().features(batch.x_BCHW)
        options, deepest_BK = self.options, features.logits[-1]
        embeddings, logits = self.shallow(features)
        labels = summed_cross_entropy(batch.targets, logits)
        told = divergence_from(deepest_BK, logits, options.temperature)
        terms = {
            "ce": batch.targets.cross_entropy(deepest_BK),
            **features.penalties,
            "aux_ce": (1 - options.alpha) * labels,
            "kl": options.alpha * told,
            "feature": options.beta * feature_distance(features.embedding, embeddings),
        }
        return Loss(terms, deepest_BK)
