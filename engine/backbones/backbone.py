"""What every backbone offers: its features, and nothing about training methods."""

from typing import NamedTuple

from torch import Tensor, nn


class Features(NamedTuple):
    """What a backbone saw in a batch.

    Attributes:
        maps: output of each stage, (B, C_s, H_s, W_s), first stage first.
        embedding: pooled features that the head reads, (B, D).
        logits: one tensor (B, K) for each exit, the last exit last.
    """

    maps: tuple[Tensor, ...]
    embedding: Tensor
    logits: tuple[Tensor, ...]


class Backbone(nn.Module):
    """A network that can be asked for its features. Its `state_dict` is the deployable one.

    Attributes:
        num_classes: K.
        in_channels: channels of the input images.
        stage_channels: C_s of every stage map.
        embedding_dim: D.
    """

    num_classes: int
    in_channels: int
    stage_channels: tuple[int, ...]
    embedding_dim: int

    def features(self, x_BCHW: Tensor) -> Features:
        """Return stage maps, embedding and the logits of every exit."""
        raise NotImplementedError

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits of the last exit, (B, K)."""
        return self.features(x_BCHW).logits[-1]


def count_parameters(module: nn.Module) -> int:
    """Number of parameters, shared ones once."""
    return sum(p.numel() for p in module.parameters())
