"""Class-wise self-knowledge distillation."""

import torch
from torch import nn

from engine.backbones.batch_norm import frozen_statistics
from engine.losses.mutual import kl_divergence
from engine.methods.batch import Batch
from engine.methods.kd import BOTH_OVER_EXITS
from engine.methods.method import Loss, Method, Setting, supervised
from engine.registry import register
from engine.spec.options import Options, option


class CsKdOptions(Options):
    """Options of class-wise self-distillation."""

    weight: float = option(
        1.0, "Weight of what the network says of the other image.",
        title="Class-wise weight λ", source="alinlab/cs-kd", ge=0.0, le=100.0,
    )
    temperature: float = option(
        4.0, "Softens the predictions; the term is scaled by T².",
        title="Temperature T", source="alinlab/cs-kd", ge=0.1, le=100.0,
    )


@register(
    "method", "cs_kd",
    title="CS-KD",
    summary="The network is its own teacher: what it says of an image is pulled towards what it "
    "says of another image of the same class, so that it is consistent within a class.",
    paper="Yun, Park, Lee, Shin: Regularizing Class-wise Predictions via Self-knowledge "
    "Distillation. CVPR 2020, arXiv 2003.13964.",
    equation="L = CE(ℓ, y) + λ T² KL(σ_T(sg ℓ′) ‖ σ_T(ℓ)), ℓ′ the logits of another image of class "
    "y\nwith several exits k both terms are summed over k",
    latex=r"L = \mathrm{CE}(\ell, y) \allowbreak "
    r"+ \lambda\, T^2\, \mathrm{KL}(\sigma_T(\mathrm{sg}\, \ell') \parallel \sigma_T(\ell)), "
    r"\allowbreak \ell' \text{ the logits of} \allowbreak \text{ another image of class } y \\ "
    + BOTH_OVER_EXITS,
    refuses={"mixes_images": "a mixture of two classes has no other image of its class"},
    options=CsKdOptions,
    facts={"num_peers": 1, "cost": 1.35},
)
class CsKd(Method):
    """L = CE(ℓ, y) + λ T² KL(σ_T(sg ℓ′) ‖ σ_T(ℓ)), ℓ′ the logits of another image of class y.

    Yun et al. 2020, arXiv 2003.13964. In the authors' code half of a batch are the other images,
    so cross-entropy sees half of it; here it sees the whole batch and the others come on top,
    so that all methods see the same batches. The others are normalised by their own batch, as the
    authors do it, but leave no trace in the running statistics, which stay those of the labelled
    images. On a network with several exits each learns from its own answer to the other image.
    """

    wants_partners = True

    def __init__(self, setting: Setting, options: CsKdOptions) -> None:
        super().__init__()
        self.options = options
        self.peers = nn.ModuleList([setting.make_backbone(0)])

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" and "class_kd", each summed over the exits; draws nothing."""
        assert batch.partner_BCHW is not None
        network = self.deployable()
        features = network.features(batch.x_BCHW)
        with torch.no_grad(), frozen_statistics(network):
            others = network.features(batch.partner_BCHW).logits
        told = [
            kl_divergence(other_BK, logits_BK, self.options.temperature)
            for other_BK, logits_BK in zip(others, features.logits, strict=True)
        ]
        terms = supervised(features, batch.targets)
        terms["class_kd"] = self.options.weight * torch.stack(told).sum()
        return Loss(terms, features.logits[-1])
