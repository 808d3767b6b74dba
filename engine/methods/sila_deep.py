"""SiLa with deep supervision: the stages' auxiliary heads learn from the labels too."""

from torch import nn

from engine.losses.distillation import summed_cross_entropy
from engine.methods import deep_supervision, sila
from engine.methods.auxiliary_heads import auxiliary_logits, make_heads
from engine.methods.batch import Batch
from engine.methods.method import STUDY, Loss, Method, Setting, supervised
from engine.methods.sila_auxiliary import PARTS, SilaAuxiliary, SilaOptions, wanted_images
from engine.registry import register

MANY = (
    "the network's exits or widths learn from the labels already, and SiLa serves each of them; "
    "choose SiLa"
)


class SilaDeepOptions(SilaOptions, deep_supervision.DeepSupervisionOptions):
    """Options of both methods."""


@register(
    "method", "sila_deep",
    title="SiLa + deep supervision",
    summary="A network learns with SiLa's modules and with auxiliary heads on its earlier stages; "
    "all of it is removed after training.",
    paper=f"{sila.PAPER} With {deep_supervision.PAPER}",
    equation="L = CE(ℓ, y) + α L_C + β L_T + w Σ_s CE(ℓ_s, y) over the stages s but the last",
    latex=r"L = \mathrm{CE}(\ell, y) + \alpha L_C + \beta L_T \allowbreak + "
    + deep_supervision.HEADS,
    parts=(*PARTS, "auxiliary heads"),
    refuses={"exits": MANY, "widths": MANY},
    evidence=STUDY + (
        "On 2,000 images of CIFAR-10 for 40 epochs, judged on held-out images: 4.5 points above "
        "plain (95 % interval 1.0 to 7.9, three seeds), as deep supervision alone."
    ),
    options=SilaDeepOptions,
    facts={"num_peers": 1, "cost": 1.07},
)
class SilaDeep(Method):
    """L = CE(ℓ, y) + α L_C + β L_T + w Σ_s CE(ℓ_s, y).

    SiLa is our reading of arXiv 2103.00200v3, see `engine.methods.sila`; deep supervision is that
    of `engine.methods.deep_supervision`. SiLa's modules start as they do without it.
    """

    def __init__(self, setting: Setting, options: SilaDeepOptions) -> None:
        super().__init__()
        self.options = options
        self.num_views, self.wants_partners = wanted_images(options)
        backbone = setting.make_backbone(0)
        self.peers = nn.ModuleList([backbone])
        with setting.auxiliary_stream(0):
            self.auxiliary = SilaAuxiliary(backbone, options)
            self.heads = make_heads(backbone, options.head)

    def loss(self, batch: Batch) -> Loss:
        """Return SiLa's terms and the weighted "aux_ce"."""
        network = self.deployable()
        features = network.features(batch.x_BCHW)
        logits = auxiliary_logits(self.heads, features.maps)
        terms = supervised(features, batch.targets) | self.auxiliary(network, features, batch)
        terms["aux_ce"] = self.options.weight * summed_cross_entropy(batch.targets, logits)
        return Loss(terms, features.logits[-1])
