import math

import pytest
import torch

from engine.losses.siamese_contrast import siamese_contrast

TAU = 0.2


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def by_hand(images, twins, labels, tau):
    def unit(row):
        return [v / math.hypot(*row) for v in row]

    queries, keys = [unit(r) for r in images.tolist()], [unit(r) for r in twins.tolist()]
    total = 0.0
    for i, query in enumerate(queries):
        others = [(q, labels[j] == labels[i]) for j, q in enumerate(queries) if j != i]
        others += [(key, k == labels[i]) for k, key in enumerate(keys)]
        scores = [(sum(map(float.__mul__, query, o)) / tau, positive) for o, positive in others]
        normaliser = math.log(sum(math.exp(s) for s, _ in scores))
        positives = [s - normaliser for s, positive in scores if positive]
        total -= sum(positives) / len(positives)
    return total / len(queries)


def test_that_equal_rows_give_the_logarithm_of_all_other_entries():
    value = siamese_contrast(torch.ones(8, 4), torch.ones(10, 4), torch.arange(8) % 10, TAU)
    assert value.item() == pytest.approx(2.833213, abs=1e-6)
    assert value.item() == pytest.approx(math.log(8 - 1 + 10))


def test_that_images_on_orthonormal_twins_give_the_closed_form():
    twins, labels = torch.eye(10), torch.arange(8) // 2
    value = siamese_contrast(twins[labels], twins, labels, TAU).item()
    expected = math.log(2 * math.exp(1 / TAU) + 8 - 2 + 10 - 1) - 1 / TAU
    assert value == pytest.approx(expected, abs=1e-6)
    assert value == pytest.approx(0.742446, abs=1e-6)


@pytest.mark.parametrize("labels", [[0, 0, 1, 2, 0, 1], [0, 1, 2, 3, 4, 5], [3, 3, 3, 3, 3, 3]])
def test_that_the_loss_is_its_equation(labels):
    images, twins = draw(6, 4), draw(6, 4, seed=1)
    value = siamese_contrast(images, twins, torch.tensor(labels), TAU).item()
    assert value == pytest.approx(by_hand(images, twins, labels, TAU))


def supervised_by_hand(images, labels, tau):
    """Supervised contrast, L_out of Khosla et al. 2020; an image alone with its class counts 0."""
    queries = [[v / math.hypot(*row) for v in row] for row in images.tolist()]
    total = 0.0
    for i, query in enumerate(queries):
        scores = {
            j: sum(map(float.__mul__, query, other)) / tau
            for j, other in enumerate(queries) if j != i
        }
        normaliser = math.log(sum(math.exp(s) for s in scores.values()))
        positives = [s - normaliser for j, s in scores.items() if labels[j] == labels[i]]
        total -= sum(positives) / len(positives) if positives else 0.0
    return total / len(queries)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 0, 1], [0, 0, 1, 2, 0, 2], [3, 3, 3, 3, 3, 3]])
def test_that_without_label_twins_it_is_supervised_contrast(labels):
    images = draw(6, 4)
    value = siamese_contrast(images, None, torch.tensor(labels), TAU).item()
    assert value == pytest.approx(supervised_by_hand(images, labels, TAU))


def test_that_without_label_twins_an_image_alone_with_its_class_is_not_drawn_anywhere():
    images = draw(3, 4).requires_grad_()
    alone = siamese_contrast(images, None, torch.tensor([0, 1, 2]), TAU)
    assert alone.item() == 0.0
    alone.backward()
    assert not images.grad.any()
    pair = siamese_contrast(images, None, torch.tensor([0, 1, 0]), TAU)
    assert pair.item() == pytest.approx(supervised_by_hand(images, [0, 1, 0], TAU))
    assert pair.item() > 0


def test_that_without_label_twins_the_gradient_agrees_with_finite_differences():
    labels = torch.tensor([0, 0, 1, 2, 0])
    assert torch.autograd.gradcheck(
        lambda q: siamese_contrast(q, None, labels, TAU), (draw(5, 3).requires_grad_(),)
    )


def test_that_the_order_of_the_batch_does_not_matter():
    images, twins, labels = draw(6, 4), draw(3, 4, seed=1), torch.tensor([0, 0, 1, 2, 0, 1])
    order = torch.tensor([5, 2, 0, 4, 1, 3])
    torch.testing.assert_close(
        siamese_contrast(images[order], twins, labels[order], TAU),
        siamese_contrast(images, twins, labels, TAU),
    )


def test_that_the_length_of_a_projection_does_not_matter():
    images, twins, labels = draw(6, 4), draw(3, 4, seed=1), torch.tensor([0, 0, 1, 2, 0, 1])
    torch.testing.assert_close(
        siamese_contrast(images * 7, twins / 3, labels, TAU),
        siamese_contrast(images, twins, labels, TAU),
    )


@pytest.mark.parametrize("labels", [[0, 1, 2, 2], [3]])
def test_that_a_class_with_one_sample_gives_finite_loss_and_gradients(labels):
    images = draw(len(labels), 5, dtype=torch.float32).requires_grad_()
    twins = draw(4, 5, seed=1, dtype=torch.float32).requires_grad_()
    value = siamese_contrast(images, twins, torch.tensor(labels), 0.01)
    value.backward()
    assert value.isfinite()
    assert images.grad is not None
    assert images.grad.isfinite().all()
    assert images.grad.any()
    assert twins.grad is not None
    assert twins.grad.isfinite().all()


def test_that_similarities_are_taken_in_float32_under_autocast():
    images, twins = draw(6, 64).float(), draw(3, 64, seed=1).float()
    labels = torch.tensor([0, 0, 1, 2, 0, 1])
    plain = siamese_contrast(images, twins, labels, TAU)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(siamese_contrast(images, twins, labels, TAU), plain)
        half = siamese_contrast(images.bfloat16(), twins.bfloat16(), labels, TAU)
    assert half.dtype == torch.float32


def test_that_the_gradient_agrees_with_finite_differences():
    images, twins = draw(5, 3).requires_grad_(), draw(3, 3, seed=1).requires_grad_()
    labels = torch.tensor([0, 0, 1, 2, 0])
    assert torch.autograd.gradcheck(
        lambda q, r: siamese_contrast(q, r, labels, TAU), (images, twins)
    )
