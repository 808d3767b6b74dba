"""SiLa: Siamese Labels Auxiliary Learning, as this project reads it.

This is OUR READING of Gan, Liu, Chen, Zhang: *Siamese Labels Auxiliary Learning*, arXiv
2103.00200v3, of which only abstracts and a summary were available to us: its equations were not.
The paper fixes that auxiliary modules assist training and are removed at test, that labels enter
as siamese twins of the images rather than as features appended to them, that self-supervised and
collaborative learning are joined, and that the method combines with Deep Mutual Learning. Label
encoder, contrast, label-informed teacher, label dropout and every default are this project's own.
If the paper's equations turn up, they become another method beside this one.
"""

from torch import nn

from engine.methods.batch import Batch
from engine.methods.method import STUDY, Loss, Method, Setting, supervised
from engine.methods.sila_auxiliary import PARTS, SilaAuxiliary, SilaOptions, wanted_images
from engine.registry import register

PAPER = (
    "Our reading of Gan, Liu, Chen, Zhang: Siamese Labels Auxiliary Learning. arXiv 2103.00200v3."
)
EVIDENCE = STUDY + (
    "SiLa-T (α = 0, β = 1) on 2,000 images of CIFAR-10 for 40 epochs, where plain training knows "
    "99 % of its images: 3.9 points above plain (95 % interval 2.7 to 5.2, five seeds that chose "
    "nothing), as deep supervision (3.7), and 3.3 below plain if the teacher never sees a label. "
    "On 5,000 images for 20 epochs: no difference shown on CIFAR-10, 7.2 below plain on CIFAR-100. "
    "SiLa-C, the default: no difference shown in any of them, nor on MSDNet. It stays the default "
    "since it lost nowhere; long schedules on all images have not been studied."
)
EQUATION = (
    "L = CE(ℓ, y) + α L_C + β (L_q + CE(t, y) + c T² KL(σ_T(sg t) ‖ σ_T(ℓ)))\n"
    "L_C = mean_i (− Σ_j M_ij log softmax(S)_ij / Σ_j M_ij), S = [Q Qᵀ, Q Rᵀ] / τ\n"
    "M = [1(y_i = y_j, i ≠ j), onehot(y)], Q = norm(P(z)), R = norm(P(E)), E = g(I_K)\n"
    "L_q = w Σ_s CE(q(u_s), y) + s_lab CE(q(E), [0 … K−1]), u_s = ReLU(A_s GAP(h_s))\n"
    "t = h([sg(Σ_s u_s + z), m E[y]]), m = 0 with probability p, else 1\n"
    "with several exits k: CE, L_C and KL are summed over k, and u_k = ReLU(A_k v_k)"
)
LATEX = (
    r"L = \mathrm{CE}(\ell, y) + \alpha L_C \allowbreak "
    r"+ \beta\, (L_q + \mathrm{CE}(t, y) \allowbreak "
    r"+ c\, T^2\, \mathrm{KL}(\sigma_T(\mathrm{sg}\, t) \parallel \sigma_T(\ell))) \\ "
    r"L_C = \operatorname*{mean}_i\, ( \allowbreak "
    r"- \sum_j M_{ij} \log\, \mathrm{softmax}(S)_{ij} \allowbreak / \sum_j M_{ij}), "
    r"\allowbreak S = [Q\, Q^\top, Q\, R^\top] / \tau \\ "
    r"M = [\mathbf{1}(y_i = y_j, i \neq j), \allowbreak \mathrm{onehot}(y)], "
    r"\allowbreak Q = \mathrm{norm}(P(z)), \allowbreak R = \mathrm{norm}(P(E)), "
    r"\allowbreak E = g(I_K) \\ "
    r"L_q = w \sum_s \mathrm{CE}(q(u_s), y) \allowbreak "
    r"+ s_{\mathrm{lab}}\, \mathrm{CE}(q(E), [0 \dots K - 1]), "
    r"\allowbreak u_s = \mathrm{ReLU}(A_s\, \mathrm{GAP}(h_s)) \\ "
    r"t = h([\mathrm{sg}(\sum_s u_s + z), m\, E[y]]), "
    r"\allowbreak m = 0 \text{ with probability } p, \allowbreak \text{ else } 1 \\ "
    r"\text{with several exits } k\text{: } \mathrm{CE}, L_C \text{ and } \mathrm{KL} "
    r"\allowbreak \text{ are summed over } k, \allowbreak "
    r"\text{ and } u_k = \mathrm{ReLU}(A_k\, v_k)"
)


@register(
    "method", "sila",
    title="SiLa",
    summary="Every image gets its label as a siamese twin: a label encoder puts labels into the "
    "space of the images' features, where they are contrasted with the images (SiLa-C) and inform "
    "a teacher (SiLa-T). All of it is removed after training. Our reading of the paper, whose "
    "equations were not available.",
    paper=PAPER,
    equation=EQUATION,
    latex=LATEX,
    evidence=EVIDENCE,
    parts=PARTS,
    options=SilaOptions,
    facts={"num_peers": 1, "cost": 1.02},
)
class Sila(Method):
    """L = CE(ℓ, y) + α L_C + β L_T; with α = β = 0 every step is plain training's.

    Our reading of arXiv 2103.00200v3, not its equations: see the module.
    """

    def __init__(self, setting: Setting, options: SilaOptions) -> None:
        super().__init__()
        self.num_views, self.wants_partners = wanted_images(options)
        backbone = setting.make_backbone(0)
        self.peers = nn.ModuleList([backbone])
        with setting.auxiliary_stream(0):
            self.auxiliary = SilaAuxiliary(backbone, options)

    def loss(self, batch: Batch) -> Loss:
        """Return "ce" and the weighted terms of the auxiliary modules."""
        network = self.deployable()
        features = network.features(batch.x_BCHW)
        terms = supervised(features, batch.targets)
        return Loss(terms | self.auxiliary(network, features, batch), features.logits[-1])
