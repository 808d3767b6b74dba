"""Ship view: numbers of the network that ships, never of the training system."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.training.data import Images, Normalise

EVALUATION_BATCH = 500

Metric = Callable[[Tensor, Tensor], Tensor]


@torch.inference_mode()
def logits_of(network: Backbone, images: Images, normalise: Normalise) -> Tensor:
    """Logits (N, K) of all images, network in eval mode, float32."""
    was_training = network.training
    network.eval()
    try:
        pieces = [network(normalise(x)).float() for x, _ in images.batches(EVALUATION_BATCH)]
    finally:
        network.train(was_training)
    return torch.cat(pieces)


def evaluate(
    network: Backbone, images: Images, normalise: Normalise, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Every metric of a deployable network on a split."""
    logits_NK = logits_of(network, images, normalise)
    return {name: float(metric(logits_NK, images.labels_N)) for name, metric in metrics.items()}
