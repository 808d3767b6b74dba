"""Ship view: numbers of the network that ships, never of the training system."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from engine.analysis.dynamic import ExitAnswers
from engine.backbones.backbone import Backbone
from engine.training.data import Images, Normalise

EVALUATION_BATCH = 500

Metric = Callable[[Tensor, Tensor], Tensor]


@torch.inference_mode()
def logits_of(network: nn.Module, images: Images, normalise: Normalise) -> Tensor:
    """Logits (N, K) of all images, network in eval mode, float32."""
    was_training = network.training
    network.eval()
    try:
        pieces = [network(normalise(x)).float() for x, _ in images.batches(EVALUATION_BATCH)]
    finally:
        network.train(was_training)
    return torch.cat(pieces)


@torch.inference_mode()
def exit_answers(network: Backbone, images: Images, normalise: Normalise) -> ExitAnswers:
    """Confidence and rightness of every exit on all images, network in eval mode."""
    was_training = network.training
    network.eval()
    confidence: list[Tensor] = []
    correct: list[Tensor] = []
    try:
        for x_BHWC, y_B in images.batches(EVALUATION_BATCH):
            logits_EBK = torch.stack(network.features(normalise(x_BHWC)).logits).float()
            highest_EB, predicted_EB = logits_EBK.softmax(dim=2).max(dim=2)
            confidence.append(highest_EB.double())
            correct.append(predicted_EB == y_B)
    finally:
        network.train(was_training)
    return ExitAnswers(
        torch.cat(confidence, dim=1).cpu().numpy(), torch.cat(correct, dim=1).cpu().numpy()
    )


def evaluate(
    network: nn.Module, images: Images, normalise: Normalise, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Every metric of a deployable network on a split."""
    logits_NK = logits_of(network, images, normalise)
    return {name: float(metric(logits_NK, images.labels_N)) for name, metric in metrics.items()}
