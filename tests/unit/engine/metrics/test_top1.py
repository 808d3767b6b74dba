import torch

from engine.metrics.top1 import top1


def test_that_top1_is_the_percentage_of_right_images():
    logits = torch.tensor([[1.0, 0.0], [0.0, 1.0], [3.0, 2.0], [0.0, 9.0]])
    assert top1(logits, torch.tensor([0, 1, 0, 0])).item() == 75.0
