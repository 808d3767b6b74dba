"""Progressive self-knowledge distillation."""

import torch
from torch import Tensor, nn

from engine.losses.precision import full
from engine.losses.soft_targets import progressive_targets, soft_cross_entropy
from engine.methods.batch import Batch, Moment
from engine.methods.method import Loss, Method, Setting
from engine.registry import register
from engine.spec.options import Options, option


class PsKdOptions(Options):
    """Options of progressive self-distillation."""

    alpha: float = option(
        0.8, "Part of the target that is the network's own prediction in the last epoch of the "
        "training; it grows from epoch to epoch.",
        title="Last weight α_T", source="Kim et al. 2021", ge=0.0, le=1.0,
    )


@register(
    "method", "ps_kd",
    title="PS-KD",
    summary="The network is its own teacher: the labels are softened, more from epoch to epoch, by "
    "what it said of the same image an epoch before. It is well calibrated. A prediction of "
    "every training image is kept.",
    paper="Kim, Ji, Yoon, Hwang: Self-Knowledge Distillation with Progressive Refinement of "
    "Targets. ICCV 2021, arXiv 2006.12000.",
    equation="L = CE(ℓ, (1 − α_e) y + α_e p_{e−1}), α_e = α_T e/E in epoch e of E, p_0 = y\n"
    "with several exits k summed over k, all learning from the last one's predictions",
    latex=r"L = \mathrm{CE}(\ell, (1 - \alpha_e)\, y + \alpha_e\, p_{e-1}), \allowbreak "
    r"\alpha_e = \alpha_T\, e/E \text{ in epoch } e \text{ of } E, \allowbreak p_0 = y \\ "
    r"\text{with several exits } k \text{ summed over } k, \allowbreak "
    r"\text{ all learning from} \allowbreak \text{ the last one's predictions}",
    refuses={"mixes_images": "what was predicted of one mixture says nothing of the next"},
    options=PsKdOptions,
    facts={"num_peers": 1, "cost": 1.0},
)
class PsKd(Method):
    """L = CE(ℓ, (1 − α_e) y + α_e p_{e−1}), α_e = α_T e/E in epoch e = 1 … E, p_0 = y.

    Kim et al. 2021, arXiv 2006.12000. As in the authors' code, p_{e−1} is what
    was predicted in train mode when the image was met in the epoch before. An image that an epoch
    left out (its last, smaller batch is) keeps what was predicted before that, and its label alone
    if nothing was. On a network with several exits each learns from what the last one said.
    The memory is N × K float32: 20 MB for CIFAR-100, in checkpoints too.
    """

    memory_NK: Tensor

    def __init__(self, setting: Setting, options: PsKdOptions) -> None:
        super().__init__()
        self.options = options
        self.peers = nn.ModuleList([setting.make_backbone(0)])
        self.register_buffer("memory_NK", torch.zeros(setting.num_images, setting.num_classes))

    def loss(self, batch: Batch) -> Loss:
        """Return "ce", the cross-entropy with softened targets; draws nothing."""
        features = self.deployable().features(batch.x_BCHW)
        hard_BK = batch.targets.distribution(self.memory_NK.shape[1])
        alpha = alpha_at(batch.moment, self.options.alpha)
        target_BK = progressive_targets(hard_BK, self.memory_NK[batch.index_B], alpha)
        told = [soft_cross_entropy(logits_BK, target_BK) for logits_BK in features.logits]
        terms = {"ce": torch.stack(told).sum(), **features.penalties}
        return Loss(terms, features.logits[-1])

    @torch.no_grad()
    def after_step(self, batch: Batch, loss: Loss) -> None:
        """Remember what was predicted of the images, for the next epoch."""
        self.memory_NK[batch.index_B] = full(loss.logits_BK).softmax(dim=1)


def alpha_at(moment: Moment, last: float) -> float:
    """α_e = α_T e/E, epochs counted from 1.

    Args:
        moment: where the training stands.
        last: α_T.
    """
    return last * (moment.epoch + 1) / moment.num_epochs
