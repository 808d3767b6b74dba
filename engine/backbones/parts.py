"""What dynamic networks are made with, and plain networks cut out of them."""

from collections.abc import Sequence

import torch
from torch import nn

from engine.backbones.staged import Staged


def kaiming(module: nn.Module) -> None:
    """Start a convolution as `Staged` does: Kaiming-normal over the fan-out."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def assemble(
    num_classes: int, in_channels: int, stem: nn.Module, stages: Sequence[nn.Module],
    widths: Sequence[int], head: nn.Linear, final: nn.Module | None = None,
) -> Staged:
    """A plain network of parts that have their weights already; nothing is drawn.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        stem: layers before the first stage.
        stages: the stages, first stage first.
        widths: channels that each stage returns.
        head: what reads the embedding, (B, D) → (B, K).
        final: layers between the last stage and the pooling.
    """
    network = Staged(
        num_classes, in_channels, nn.Identity(), (), widths,
        embedding_dim=head.in_features, head=nn.Identity(),
    )
    network.stem, network.stages, network.head = stem, nn.ModuleList(stages), head
    network.final = final or network.final
    return network


def linear(weight_KD: torch.Tensor, bias_K: torch.Tensor) -> nn.Linear:
    """A linear layer of copies of these weights."""
    layer = nn.Linear(weight_KD.shape[1], weight_KD.shape[0], device="meta")
    layer.weight, layer.bias = copied(weight_KD), copied(bias_K)
    return layer


def copied(tensor: torch.Tensor) -> nn.Parameter:
    """A parameter of its own with the same values."""
    return nn.Parameter(tensor.detach().clone())
