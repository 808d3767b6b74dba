"""What a dynamic network reaches at which cost, once it is trained."""

import torch

from engine.analysis.dynamic import CostCurve, ExitAnswers, anytime, budgeted
from engine.backbones.backbone import Backbone
from engine.backbones.early_exit import MultiExit
from engine.backbones.flops import Size, exit_multiply_adds
from engine.backbones.gated_resnet import GatedResNet
from engine.training.data import Images, Normalise
from engine.training.evaluate import EVALUATION_BATCH, exit_answers


def cost_curves(
    network: Backbone, held_out: Images, test: Images, normalise: Normalise, image_size: Size
) -> list[CostCurve]:
    """The curves of a dynamic network; none for any other.

    Anytime: every exit (or width) on all test images; of a network that skips blocks one point,
    its accuracy at the mean cost of an image. Budgeted, where the exits are passed one after the
    other and images were held out: thresholds are chosen on the held-out training images, which
    are not augmented, and applied to test.

    Args:
        network: in whatever mode; it is put back.
        held_out: validation images; may be none.
        test: test images.
        normalise: pixels to input.
        image_size: height and width at which multiply-adds are counted.
    """
    if isinstance(network, GatedResNet):
        cost = mean_path_cost(network, test, normalise, image_size)
        return [anytime(exit_answers(network, test, normalise), [cost])]
    if network.num_exits == 1:
        return []
    cost_E = exit_multiply_adds(network, image_size)
    answers = exit_answers(network, test, normalise)
    curves = [anytime(answers, cost_E)]
    if isinstance(network, MultiExit) and len(held_out):
        known: ExitAnswers = exit_answers(network, held_out, normalise)
        curves.append(budgeted(known, answers, cost_E))
    return curves


@torch.inference_mode()
def mean_path_cost(
    network: GatedResNet, images: Images, normalise: Normalise, image_size: Size
) -> float:
    """Multiply-adds of an image on average, skipped blocks not counted."""
    base, per_block_L = network.path_multiply_adds(image_size)
    was_training = network.training
    network.eval()
    taken_L = torch.zeros(len(per_block_L), dtype=torch.float64, device=images.device)
    try:
        for x_BHWC, _ in images.batches(EVALUATION_BATCH):
            taken_L += network.gates(normalise(x_BHWC)).sum(dim=0)
    finally:
        network.train(was_training)
    share_L = taken_L / len(images)
    return base + float(share_L @ share_L.new_tensor(per_block_L))
