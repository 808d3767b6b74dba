import pytest
import torch

from engine.exports.content import evenly


@pytest.mark.parametrize(("count", "limit", "rows"), [
    (10, 5, [0, 2, 4, 6, 8]), (3, 5, [0, 1, 2]), (7, 3, [0, 2, 4]), (1, 1, [0]),
])
def test_that_images_are_taken_evenly_from_all(count, limit, rows):
    assert evenly(count, limit).tolist() == rows


@pytest.mark.parametrize(("limit", "size"), [(64, 32), (40, 20), (31, 31), (37, 1)])
def test_that_all_batches_of_training_images_are_of_one_size(shipment, limit, size):
    content = shipment.content(shipment.blank_part())
    batches = list(content.training_batches(limit))
    assert {len(batch) for batch in batches} == {size}
    assert sum(map(len, batches)) == limit


def test_that_integers_are_calibrated_on_training_images_as_the_network_takes_them(shipment):
    content = shipment.content(shipment.blank_part())
    pixels, _ = shipment.training.take(evenly(len(shipment.training), 40))
    got = torch.cat(list(content.training_batches(40)))
    assert torch.equal(got, shipment.normalise(pixels))
    inside = content.with_normalisation
    assert torch.equal(torch.cat(list(inside.training_batches(40))), pixels)
    with torch.inference_mode():
        expected = content.network(shipment.normalise(pixels))
        torch.testing.assert_close(inside.network(pixels), expected)
