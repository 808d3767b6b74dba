"""What SiLa adds to a network while it trains: options, modules and terms.

This is our reading of the paper: see `engine.methods.sila`. Legend: B batch, K classes, D width of
the embedding, d width of a projection, C channels.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features
from engine.backbones.batch_norm import frozen_statistics
from engine.backbones.staged import global_average
from engine.losses.cross_entropy import cross_entropy
from engine.losses.mutual import kl_divergence
from engine.losses.siamese_contrast import siamese_contrast
from engine.losses.targets import Targets, mix_rows
from engine.methods.batch import Batch, Moment
from engine.spec.options import Options, option

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
        title="Contrast temperature τ", source=SOURCE, needs="alpha", ge=0.01, le=100.0,
    )
    projection_dim: int = option(
        64, "Width of the projections that are contrasted.",
        title="Projection width d", source=SOURCE, needs="alpha", ge=1, le=4096,
    )
    contrast_twins: bool = option(
        True, "Contrast images with label twins too; without them it is supervised contrast, the "
        "ablation that shows what the twins are worth.",
        title="Label twins in the contrast", source=SOURCE, needs="alpha",
    )
    contrast_stages: bool = option(
        False, "Contrast the pooled maps of the earlier stages as well as the embedding.",
        title="Contrast every stage", source=SOURCE, needs="alpha",
    )
    aux_weight: float = option(
        1.0, "Weight of the siamese classifier on the stages' features.",
        title="Stage weight w", source=SOURCE, needs="beta", ge=0.0, le=100.0,
    )
    label_weight: float = option(
        0.3, "Weight of the siamese classifier on the label twins.",
        title="Label weight s_lab", source=SOURCE, needs="beta", ge=0.0, le=100.0,
    )
    label_dropout: float = option(
        0.5, "How often the teacher is not shown the label; 1 never shows it.",
        title="Label dropout p", source=SOURCE, needs="beta", ge=0.0, le=1.0,
    )
    label_corruption: Literal["drop", "wrong"] = option(
        "drop", "What the teacher is shown instead of a dropped label: nothing, or the label of "
        "another image of the batch.",
        title="Dropped labels", source=SOURCE, needs="beta",
    )
    consistency: float = option(
        3.0, "Weight of the divergence from the teacher's prediction to the network's.",
        title="Consistency c", source=SOURCE, needs="beta", ge=0.0, le=100.0,
    )
    teach_temperature: float = option(
        3.0, "Softens what the teacher says; the term is scaled by T².",
        title="Teaching temperature T", source=SOURCE, needs="beta", ge=0.1, le=100.0,
    )
    fusion_gradient: bool = option(
        False, "Let the teacher's own loss reach the network through the fused features.",
        title="Gradient through the fusion", source=SOURCE, needs="beta",
    )
    teacher_view: bool = option(
        False, "Show the teacher the images under another augmentation; costs a second forward "
        "pass.",
        title="Teacher sees another view", source=SOURCE, needs="beta",
    )
    pair_twins: bool = option(
        False, "Show the teacher another image of the same class; costs a second forward pass.",
        title="Teacher sees a pair twin", source=SOURCE, needs="beta",
    )
    start: float = option(
        0.0, "Part of the training before α and β count.",
        title="Start", source=SOURCE, ge=0.0, lt=1.0,
    )
    ramp: float = option(
        0.0, "Part of the training over which α and β then grow from 0.",
        title="Ramp", source=SOURCE, ge=0.0, le=1.0,
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
    """SiLa-C: Σ L_C over the exits; one projector P for both twins.

    Each exit has its own first layer of P, all share the last; the label twins, which live in the
    space of the last exit, go through its.

    Args:
        backbone: gives the widths; it is not kept.
        options: d, τ and what is contrasted.
    """

    def __init__(self, backbone: Backbone, options: SilaOptions) -> None:
        super().__init__()
        self.options = options
        width = backbone.embedding_dim
        stages = backbone.stage_channels[:-1] if options.contrast_stages else ()
        self.first = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, width), nn.ReLU())
            for dim in (*stages, *backbone.exit_dims)
        )
        self.last = nn.Linear(width, options.projection_dim)

    def forward(self, features: Features, twins_KD: Tensor, targets: Targets) -> Tensor:
        """Return L_C, summed over the exits (and stages)."""
        seen = list(features.exit_embeddings)
        if self.options.contrast_stages:
            seen = [*pooled(features.maps[:-1]), *seen]
        labels_Kd = None
        if self.options.contrast_twins:
            labels_Kd = self.last(self.first[-1](twins_KD))
        losses: list[Tensor] = []
        for layer, v_BD in zip(self.first, seen, strict=True):
            images_Bd = self.last(layer(v_BD))
            losses.append(targets.over(lambda y_B, q_Bd=images_Bd: siamese_contrast(
                q_Bd, labels_Kd, y_B, self.options.contrast_temperature
            )))
        return losses[0] if len(losses) == 1 else torch.stack(losses).sum()


class Teaching(nn.Module):
    """SiLa-T: the terms of L_T.

    u_s = ReLU(A_s GAP(h_s)) for the stages s < S, or on a network with several exits
    u_k = ReLU(A_k v_k) for the exits k < n;
    L_q = w Σ_s CE(q(u_s), y) + s_lab CE(q(E), [0 … K−1]); t = h([sg(Σ_s u_s + z), m E[y]]);
    L_T = L_q + CE(t, y) + c T² Σ_k KL(σ_T(sg t) ‖ σ_T(ℓ_k)).

    Args:
        backbone: gives the widths; it is not kept.
        options: w, s_lab, p, c, T and the variants.
    """

    def __init__(self, backbone: Backbone, options: SilaOptions) -> None:
        super().__init__()
        self.options = options
        width, num_classes = backbone.embedding_dim, backbone.num_classes
        many = backbone.num_exits > 1
        dims = backbone.exit_dims[:-1] if many else backbone.stage_channels[:-1]
        self.adapters = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, width), nn.ReLU()) for dim in dims
        )
        has_classifier = options.aux_weight > 0 or options.label_weight > 0
        self.classifier = nn.Linear(width, num_classes) if has_classifier else None
        self.teacher = nn.Sequential(
            nn.Linear(2 * width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, num_classes)
        )

    def forward(
        self, features: Features, twins_KD: Tensor, targets: Targets, noise: torch.Generator,
        shown: Features | None = None,
    ) -> dict[str, Tensor]:
        """Return the parts of L_T: "teach_q", "teach_ce" and "teach_kl", those of no weight not.

        Args:
            features: what the network saw.
            twins_KD: E.
            targets: the labels.
            noise: label dropout draws from it.
            shown: what the teacher is shown of the images, if not the same.
        """
        stages = self.adapted(features)
        seen = shown or features
        fused_BD = sum(stages if shown is None else self.adapted(seen), start=seen.embedding)
        teacher_BK = self.teach(fused_BD, mix_rows(twins_KD, targets), noise)
        terms: dict[str, Tensor] = {}
        if self.classifier is not None:
            terms["teach_q"] = self._siamese_loss(self.classifier, stages, twins_KD, targets)
        terms["teach_ce"] = targets.cross_entropy(teacher_BK)
        if self.options.consistency > 0:
            told = [
                kl_divergence(teacher_BK, logits_BK, self.options.teach_temperature)
                for logits_BK in features.logits
            ]
            total = told[0] if len(told) == 1 else torch.stack(told).sum()
            terms["teach_kl"] = self.options.consistency * total
        return terms

    def adapted(self, features: Features) -> list[Tensor]:
        """u_s (B, D) of every stage but the last, or of every exit but the last."""
        many = len(features.logits) > 1
        inputs = features.exit_embeddings[:-1] if many else pooled(features.maps[:-1])
        return [adapter(v) for adapter, v in zip(self.adapters, inputs, strict=True)]

    def teach(self, fused_BD: Tensor, labels_BD: Tensor, noise: torch.Generator) -> Tensor:
        """Return the teacher's logits t (B, K); labels are dropped by draws from `noise`."""
        draw_B1 = torch.rand(len(fused_BD), 1, generator=noise, device=fused_BD.device)
        shown_B1 = draw_B1 >= self.options.label_dropout
        if self.options.label_corruption == "wrong":
            # Every image's neighbour in the batch, whose order is random already.
            shown_BD = torch.where(shown_B1, labels_BD, labels_BD.roll(1, dims=0))
        else:
            shown_BD = labels_BD * shown_B1
        image_BD = fused_BD if self.options.fusion_gradient else fused_BD.detach()
        return self.teacher(torch.cat([image_BD, shown_BD], dim=1))

    def _siamese_loss(
        self, classifier: nn.Module, stages: Sequence[Tensor], twins_KD: Tensor, targets: Targets
    ) -> Tensor:
        classes_K = torch.arange(len(twins_KD), device=targets.y_B.device)
        loss = self.options.label_weight * cross_entropy(classifier(twins_KD), classes_K)
        for u_BD in stages:
            loss = loss + self.options.aux_weight * targets.cross_entropy(classifier(u_BD))
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
        has_twins = teaches or (contrasts and options.contrast_twins)
        self.encoder = LabelEncoder(num_classes, width) if has_twins else None
        self.contrast = Contrast(backbone, options) if contrasts else None
        self.teaching = Teaching(backbone, options) if teaches else None

    def forward(self, network: Backbone, features: Features, batch: Batch) -> dict[str, Tensor]:
        """Return the weighted terms beside the cross-entropy: α L_C and the parts of β L_T.

        Args:
            network: looks at what the teacher is shown, if that is something else.
            features: what it saw in the first view.
            batch: labels, moment and noise.
        """
        weight = weight_at(batch.moment, self.options)
        twins_KD = features.embedding[:0] if self.encoder is None else self.encoder()
        terms: dict[str, Tensor] = {}
        if self.contrast is not None:
            contrast = self.contrast(features, twins_KD, batch.targets)
            terms["contrast"] = self.options.alpha * weight * contrast
        if self.teaching is not None:
            shown = self._shown(network, batch)
            parts = self.teaching(features, twins_KD, batch.targets, batch.noise, shown)
            terms |= {name: self.options.beta * weight * part for name, part in parts.items()}
        return terms

    def _shown(self, network: Backbone, batch: Batch) -> Features | None:
        """What the teacher is shown, where it is not what the network saw."""
        shown_BCHW = batch.partner_BCHW
        if not self.options.pair_twins:
            if not self.options.teacher_view:
                return None
            shown_BCHW = batch.views[1]
        assert shown_BCHW is not None
        with torch.no_grad(), frozen_statistics(network):
            return network.features(shown_BCHW)


def wanted_images(options: SilaOptions) -> tuple[int, bool]:
    """How many augmentations of every image SiLa wants, and whether another one of its class."""
    pair = options.beta > 0 and options.pair_twins
    view = options.beta > 0 and options.teacher_view and not pair
    return 1 + view, pair


def weight_at(moment: Moment, options: SilaOptions) -> float:
    """What α and β are multiplied with at a moment: 0 before the start, then up to 1."""
    since = moment.done - options.start
    if since < 0:
        return 0.0
    return min(1.0, since / options.ramp) if options.ramp > 0 else 1.0


def pooled(maps: Sequence[Tensor]) -> list[Tensor]:
    """Global average pooling of maps (B, C, H, W): (B, C) each."""
    return [global_average(map_BCHW) for map_BCHW in maps]
