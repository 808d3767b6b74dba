"""Ship view: numbers of the network that ships, never of the training system."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from engine.analysis.dynamic import ExitAnswers
from engine.backbones.backbone import Backbone
from engine.store.predictions import Predictions
from engine.training.data import Images, Normalise

EVALUATION_BATCH = 500
PREDICTED_EPOCHS = 100
"""Of about so many epochs the answers are kept, evenly over the training."""

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
    return score(logits_of(network, images, normalise), images.labels_N, metrics)


def score(logits_NK: Tensor, labels_N: Tensor, metrics: Mapping[str, Metric]) -> dict[str, float]:
    """Every metric of some answers."""
    return {name: float(metric(logits_NK, labels_N)) for name, metric in metrics.items()}


def predictions_of(logits_NK: Tensor, labels_N: Tensor) -> Predictions:
    """What the answers say of every image."""
    confidence_N, predicted_N = logits_NK.softmax(dim=1).max(dim=1)
    return Predictions(
        labels_N.cpu().numpy(), predicted_N.cpu().numpy(), confidence_N.float().cpu().numpy()
    )
