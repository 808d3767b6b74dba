"""SiLa: Siamese Labels Auxiliary Learning, as this project reads it.

This is OUR READING of Gan, Liu, Chen, Zhang: *Siamese Labels Auxiliary Learning*, arXiv
2103.00200v3, of which only abstracts and a summary were available to us: its equations were not.
The paper fixes that auxiliary modules assist training and are removed at test, that labels enter
as siamese twins of the images rather than as features appended to them, that self-supervised and
collaborative learning are joined, and that the method combines with Deep Mutual Learning. Label
encoder, contrast, label-informed teacher, label dropout and every default are this project's own.
If the paper's equations turn up, they become another method beside this one.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features
from engine.losses.cross_entropy import cross_entropy
from engine.losses.mutual import kl_divergence
from engine.losses.siamese_contrast import siamese_contrast
from engine.methods.method import Loss, Method, Setting
from engine.registry import register
from engine.spec.options import Options, option

PAPER = (
    "Our reading of Gan, Liu, Chen, Zhang: Siamese Labels Auxiliary Learning. arXiv 2103.00200v3."
)
EQUATION = (
    "L = CE(ℓ, y) + α L_C + β (L_q + CE(t, y) + c T² KL(σ_T(sg t) ‖ σ_T(ℓ)))\n"
    "L_C = mean_i (− Σ_j M_ij log softmax(S)_ij / Σ_j M_ij), S = [Q Qᵀ, Q Rᵀ] / τ\n"
    "L_q = w Σ_s CE(q(u_s), y) + s_lab CE(q(E), [0 … K−1])\n"
    "t = h([sg(Σ_s u_s + z), m E[y]]), m = 0 with probability p, else 1"
)
PARTS = ("label encoder", "projector", "adapters", "siamese classifier", "label-informed teacher")
HIDDEN = 64
SOURCE = "this project's prototype on CIFAR-10"


class SilaOptions(Options):
    """Options of SiLa: SiLa-C has the weight α, SiLa-T the weight β."""

    alpha: float = option(
        0.5, "Weight of the contrast between images and label twins (SiLa-C); 0 leaves it out.",
        title="Contrast weight α", source=SOURCE, ge=0.0, le=100.0,
    )
    beta: float = option(
        0.0, "Weight of the label-informed teacher (SiLa-T); 0 leaves it out. In our "
        "prototype it helped where the network overfits.",
        title="Teaching weight β", source=SOURCE, ge=0.0, le=100.0,
    )
    contrast_temperature: float = option(
        0.2, "Temperature of the contrast: smaller looks more at the nearest.",
        title="Contrast temperature τ", source=SOURCE, ge=0.01, le=100.0,
    )
    projection_dim: int = option(
        64, "Width of the projections that are contrasted.",
        title="Projection width d", source=SOURCE, ge=1, le=4096,
    )
    aux_weight: float = option(
        1.0, "Weight of the siamese classifier on the stages' features.",
        title="Stage weight w", source=SOURCE, ge=0.0, le=100.0,
    )
    label_weight: float = option(
        0.3, "Weight of the siamese classifier on the label twins.",
        title="Label weight s_lab", source=SOURCE, ge=0.0, le=100.0,
    )
    label_dropout: float = option(
        0.5, "How often the teacher is not shown the label; 1 never shows it.",
        title="Label dropout p", source=SOURCE, ge=0.0, le=1.0,
    )
    consistency: float = option(
        3.0, "Weight of the divergence from the teacher's prediction to the network's.",
        title="Consistency c", source=SOURCE, ge=0.0, le=100.0,
    )
    teach_temperature: float = option(
        3.0, "Softens what the teacher says; the term is scaled by T².",
        title="Teaching temperature T", source=SOURCE, ge=0.1, le=100.0,
    )


class LabelEncoder(nn.Module):
    """g: Linear(K, 64) – ReLU – Linear(64, D) – ReLU. The label twins of all classes are g(I_K).

    Args:
        num_classes: K.
        embedding_dim: D.
    """

    identity: Tensor

    def __init__(self, num_classes: int, embedding_dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_classes, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, embedding_dim), nn.ReLU()
        )
        self.register_buffer("identity", torch.eye(num_classes), persistent=False)

    def forward(self) -> Tensor:
        """Return E, the class embeddings (K, D)."""
        return self.layers(self.identity)


class Contrast(nn.Module):
    """SiLa-C: L_C of the twins' projections; one projector P for both twins.

    Args:
        embedding_dim: D.
        options: d and τ.
    """

    def __init__(self, embedding_dim: int, options: SilaOptions) -> None:
        super().__init__()
        self.temperature = options.contrast_temperature
        self.projector = nn.Sequential(
            nn.Linear(embedding_dim, embedding_dim), nn.ReLU(),
            nn.Linear(embedding_dim, options.projection_dim),
        )

    def forward(self, z_BD: Tensor, twins_KD: Tensor, y_B: Tensor) -> Tensor:
        """Return L_C."""
        images_Bd, labels_Kd = self.projector(z_BD), self.projector(twins_KD)
        return siamese_contrast(images_Bd, labels_Kd, y_B, self.temperature)


class Teaching(nn.Module):
    """SiLa-T: the terms of L_T.

    u_s = ReLU(A_s GAP(h_s)) for s < S; L_q = w Σ_s CE(q(u_s), y) + s_lab CE(q(E), [0 … K−1]);
    t = h([sg(Σ_s u_s + z), m E[y]]); L_T = L_q + CE(t, y) + c T² KL(σ_T(sg t) ‖ σ_T(ℓ)).

    Args:
        backbone: gives the widths; it is not kept.
        options: w, s_lab, p, c and T.
    """

    def __init__(self, backbone: Backbone, options: SilaOptions) -> None:
        super().__init__()
        self.options = options
        width, num_classes = backbone.embedding_dim, backbone.num_classes
        self.adapters = nn.ModuleList(
            nn.Sequential(nn.Linear(channels, width), nn.ReLU())
            for channels in backbone.stage_channels[:-1]
        )
        has_classifier = options.aux_weight > 0 or options.label_weight > 0
        self.classifier = nn.Linear(width, num_classes) if has_classifier else None
        self.teacher = nn.Sequential(
            nn.Linear(2 * width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, num_classes)
        )

    def forward(
        self, features: Features, twins_KD: Tensor, y_B: Tensor, noise: torch.Generator
    ) -> dict[str, Tensor]:
        """Return the parts of L_T: "teach_q", "teach_ce" and "teach_kl", those of no weight not."""
        stages = [
            adapter(map_BCHW.mean(dim=(2, 3)))
            for adapter, map_BCHW in zip(self.adapters, features.maps[:-1], strict=True)
        ]
        teacher_BK = self.teach(stages, features.embedding, twins_KD[y_B], noise)
        terms: dict[str, Tensor] = {}
        if self.classifier is not None:
            terms["teach_q"] = self._siamese_loss(self.classifier, stages, twins_KD, y_B)
        terms["teach_ce"] = cross_entropy(teacher_BK, y_B)
        if self.options.consistency > 0:
            kl = kl_divergence(teacher_BK, features.logits[-1], self.options.teach_temperature)
            terms["teach_kl"] = self.options.consistency * kl
        return terms

    def teach(
        self, stages: Sequence[Tensor], z_BD: Tensor, labels_BD: Tensor, noise: torch.Generator
    ) -> Tensor:
        """Return the teacher's logits t (B, K); labels are dropped by draws from `noise`."""
        draw_B1 = torch.rand(len(z_BD), 1, generator=noise, device=z_BD.device)
        shown_BD = labels_BD * (draw_B1 >= self.options.label_dropout)
        image_BD = sum(stages, start=z_BD).detach()
        return self.teacher(torch.cat([image_BD, shown_BD], dim=1))

    def _siamese_loss(
        self, classifier: nn.Module, stages: Sequence[Tensor], twins_KD: Tensor, y_B: Tensor
    ) -> Tensor:
        classes_K = torch.arange(len(twins_KD), device=y_B.device)
        loss = self.options.label_weight * cross_entropy(classifier(twins_KD), classes_K)
        for u_BD in stages:
            loss = loss + self.options.aux_weight * cross_entropy(classifier(u_BD), y_B)
        return loss


class SilaAuxiliary(nn.Module):
    """Everything SiLa adds to one network while it trains. What has no weight is not built.

    Args:
        backbone: gives the widths; it is not kept.
        options: the method's options.
    """

    def __init__(self, backbone: Backbone, options: SilaOptions) -> None:
        super().__init__()
        self.options = options
        width, num_classes = backbone.embedding_dim, backbone.num_classes
        contrasts, teaches = options.alpha > 0, options.beta > 0
        self.encoder = LabelEncoder(num_classes, width) if contrasts or teaches else None
        self.contrast = Contrast(width, options) if contrasts else None
        self.teaching = Teaching(backbone, options) if teaches else None

    def forward(
        self, features: Features, y_B: Tensor, noise: torch.Generator
    ) -> dict[str, Tensor]:
        """Return the weighted terms beside the cross-entropy: α L_C and the parts of β L_T."""
        terms: dict[str, Tensor] = {}
        if self.encoder is None:
            return terms
        twins_KD = self.encoder()
        if self.contrast is not None:
            contrast = self.contrast(features.embedding, twins_KD, y_B)
            terms["contrast"] = self.options.alpha * contrast
        if self.teaching is not None:
            parts = self.teaching(features, twins_KD, y_B, noise)
            terms |= {name: self.options.beta * part for name, part in parts.items()}
        return terms


@register(
    "method", "sila",
    title="SiLa",
    summary="Every image gets its label as a siamese twin: a label encoder puts labels into the "
    "space of the images' features, where they are contrasted with the images (SiLa-C) and inform "
    "a teacher (SiLa-T). All of it is removed after training. Our reading of the paper, whose "
    "equations were not available; in our prototype it helped where the network overfits.",
    paper=PAPER,
    equation=EQUATION,
    parts=PARTS,
    options=SilaOptions,
    facts={"num_peers": 1, "cost": 1.03},
)
class Sila(Method):
    """L = CE(ℓ, y) + α L_C + β L_T; with α = β = 0 every step is plain training's.

    Our reading of arXiv 2103.00200v3, not its equations: see the module.
    """

    def __init__(self, setting: Setting, options: SilaOptions) -> None:
        super().__init__()
        backbone = setting.make_backbone(0)
        self.peers = nn.ModuleList([backbone])
        with setting.auxiliary_stream(0):
            self.auxiliary = SilaAuxiliary(backbone, options)

    def loss(self, x_BCHW: Tensor, y_B: Tensor, noise: torch.Generator) -> Loss:
        """Return "ce" and the weighted terms of the auxiliary modules."""
        features = self.deployable().features(x_BCHW)
        logits_BK = features.logits[-1]
        auxiliary = self.auxiliary(features, y_B, noise)
        return Loss({"ce": cross_entropy(logits_BK, y_B), **auxiliary}, logits_BK)
