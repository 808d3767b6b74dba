"""SiLa with Deep Mutual Learning: every peer has its own auxiliary modules."""

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.losses.cross_entropy import cross_entropy
from engine.losses.mutual import mutual_divergence
from engine.methods import dml, sila
from engine.methods.method import Loss, Method, Setting
from engine.registry import register


class SilaDmlOptions(sila.SilaOptions, dml.DmlOptions):
    """Options of both methods."""


@register(
    "method", "sila_dml",
    title="SiLa + Deep Mutual Learning",
    summary="Several networks learn from each other as in Deep Mutual Learning, and each has its "
    "own SiLa modules; one of them ships, without any of it.",
    paper=f"{sila.PAPER} With {dml.PAPER}",
    equation="L = Σ_p (CE(ℓ_p, y) + α L_C,p + β L_T,p) "
    "+ Σ_p mean_{q≠p} T² KL(σ_T(sg ℓ_q) ‖ σ_T(ℓ_p))",
    parts=(*(f"{part} of every peer" for part in sila.PARTS), "all peers but the first"),
    options=SilaDmlOptions,
    facts={"num_peers": 2, "cost": 2.2},
)
class SilaDml(Method):
    """L = Σ_p (CE(ℓ_p, y) + α L_C,p + β L_T,p) + Σ_p mean_{q≠p} T² KL(σ_T(sg ℓ_q) ‖ σ_T(ℓ_p)).

    SiLa is our reading of arXiv 2103.00200v3, see `engine.methods.sila`; mutual learning is that
    of Zhang et al. 2018, see `engine.methods.dml`.
    """

    def __init__(self, setting: Setting, options: SilaDmlOptions) -> None:
        super().__init__()
        self.options = options
        self.peers, self.auxiliaries = nn.ModuleList(), nn.ModuleList()
        for p in range(options.num_peers):
            backbone = setting.make_backbone(p)
            self.peers.append(backbone)
            with setting.auxiliary_stream(p):
                self.auxiliaries.append(sila.SilaAuxiliary(backbone, options))

    def loss(self, x_BCHW: Tensor, y_B: Tensor, noise: torch.Generator) -> Loss:
        """Return SiLa's terms, each summed over the peers, and "kl" between the peers."""
        terms: dict[str, Tensor] = {}
        logits: list[Tensor] = []
        for peer, auxiliary in zip(self.peers, self.auxiliaries, strict=True):
            assert isinstance(peer, Backbone)
            features = peer.features(x_BCHW)
            logits.append(features.logits[-1])
            own = {"ce": cross_entropy(logits[-1], y_B), **auxiliary(features, y_B, noise)}
            terms = {name: terms[name] + term if terms else term for name, term in own.items()}
        terms["kl"] = mutual_divergence(logits, self.options.temperature)
        return Loss(terms, logits[0])
