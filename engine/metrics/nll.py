"""Negative log-likelihood."""

from torch import Tensor

from engine.losses.cross_entropy import cross_entropy
from engine.registry import register


@register(
    "metric", "loss", title="Loss",
    summary="Mean cross-entropy (negative log-likelihood) of the right classes: low only if the "
    "network is right and knows how sure to be.",
    facts={"direction": "down", "unit": "nats"},
)
def nll(logits_NK: Tensor, labels_N: Tensor) -> Tensor:
    """Mean of −log softmax(logits)[label], a scalar in nats."""
    return cross_entropy(logits_NK, labels_N)
