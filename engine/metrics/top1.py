"""Top-1 accuracy."""

from torch import Tensor

from engine.registry import register


@register(
    "metric", "top1", title="Top-1 accuracy",
    summary="How many of a hundred images have their largest logit at the right class.",
    facts={"direction": "up", "unit": "%"},
)
def top1(logits_NK: Tensor, labels_N: Tensor) -> Tensor:
    """100 · mean(argmax_k logits = label), a scalar in percent."""
    return 100 * (logits_NK.argmax(dim=1) == labels_N).float().mean()
