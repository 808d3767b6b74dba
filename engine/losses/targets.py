"""What the images of a batch are labelled with, once regularizers have had their say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.losses.cross_entropy import cross_entropy


@dataclass(frozen=True)
class Targets:
    """Labels of a batch.

    Attributes:
        y_B: class of every image.
        other_B: class of the image that was mixed in, or None.
        share: λ, the part of the first image in the mixture.
        smoothing: ε of label smoothing.
    """

    y_B: Tensor
    other_B: Tensor | None = None
    share: float = 1.0
    smoothing: float = 0.0

    def cross_entropy(self, logits_BK: Tensor) -> Tensor:
        """λ CE(ℓ, y) + (1 − λ) CE(ℓ, y'), each smoothed by ε; batch mean."""
        return self.over(lambda y_B: cross_entropy(logits_BK, y_B, self.smoothing))

    def over(self, loss: Callable[[Tensor], Tensor]) -> Tensor:
        """λ loss(y) + (1 − λ) loss(y'): a loss of hard labels on mixed ones."""
        if self.other_B is None:
            return loss(self.y_B)
        return self.share * loss(self.y_B) + (1 - self.share) * loss(self.other_B)

    def distribution(self, num_classes: int) -> Tensor:
        """The target distribution (B, K), float32, smoothing included."""
        def one_hot(y_B: Tensor) -> Tensor:
            return F.one_hot(y_B, num_classes).float()

        hard_BK = self.over(one_hot)
        return (1 - self.smoothing) * hard_BK + self.smoothing / num_classes


def top1_of_steps(logits: Sequence[Tensor], targets: Sequence[Targets]) -> Tensor:
    """Batch accuracy of many steps in percent; right on a mixture counts by its share.

    Args:
        logits: (B, K) of each of S steps; all of one shape.
        targets: of each step.

    Returns:
        Float32 (S,), on the logits' device.
    """
    predicted_SB = torch.stack(list(logits)).argmax(dim=2)

    def right(labels: Iterable[Tensor]) -> Tensor:
        return (predicted_SB == torch.stack(list(labels))).float().mean(dim=1)

    top1_S = right(target.y_B for target in targets)
    if any(target.other_B is not None for target in targets):
        share_S = torch.tensor([target.share for target in targets], device=top1_S.device)
        others = (t.y_B if t.other_B is None else t.other_B for t in targets)
        top1_S = share_S * top1_S + (1 - share_S) * right(others)
    return 100 * top1_S


def mix_rows(table_KD: Tensor, targets: Targets) -> Tensor:
    """Rows of a table looked up by class, (B, D); of a mixture, mixed by its shares."""
    return targets.over(lambda y_B: torch.index_select(table_KD, 0, y_B))
