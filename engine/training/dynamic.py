"""What a dynamic network reaches at which cost, once it is trained."""

from engine.analysis.dynamic import CostCurve, ExitAnswers, anytime, budgeted
from engine.backbones.backbone import Backbone
from engine.backbones.flops import exit_multiply_adds
from engine.training.data import Images, Normalise
from engine.training.evaluate import exit_answers


def cost_curves(
    network: Backbone, held_out: Images, test: Images, normalise: Normalise, image_size: int
) -> list[CostCurve]:
    """The curves of a network with several exits or widths; none for any other.

    Anytime: every exit on all test images. Budgeted, where the exits are passed one after the
    other and images were held out: thresholds are chosen on the held-out training images, which
    are not augmented, and applied to test.

    Args:
        network: in whatever mode; it is put back.
        held_out: validation images; may be none.
        test: test images.
        normalise: pixels to input.
        image_size: height and width at which multiply-adds are counted.
    """
    if network.num_exits == 1:
        return []
    cost_E = exit_multiply_adds(network, image_size)
    answers = exit_answers(network, test, normalise)
    curves = [anytime(answers, cost_E)]
    if network.cascades and len(held_out):
        known: ExitAnswers = exit_answers(network, held_out, normalise)
        curves.append(budgeted(known, answers, cost_E))
    return curves
