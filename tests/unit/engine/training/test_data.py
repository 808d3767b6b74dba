import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.training.data import Augment, Images, Normalise, SameClass, TrainingBatches
from engine.training.streams import AUGMENTATION, Streams

CPU = torch.device("cpu")
UNCHANGED = Augment(0, flip=False)
AS_IT_IS = Normalise((0.0,) * 3, (1.0,) * 3)


def pictures(count=6, height=7, width=5, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(1, 256, (count, height, width, channels), dtype=np.uint8)


def slowly(image_HWC, down, right, mirror, pad):
    """One image, pixel by pixel: what the batch-wise augmentation has to equal."""
    height, width, _ = image_HWC.shape
    moved = np.zeros_like(image_HWC)
    for row in range(height):
        for column in range(width):
            from_row, from_column = row + down - pad, column + right - pad
            if 0 <= from_row < height and 0 <= from_column < width:
                moved[row, column] = image_HWC[from_row, from_column]
    return moved[:, ::-1] if mirror else moved


@settings(deadline=None)
@given(
    pad=st.integers(0, 3), channels=st.sampled_from([1, 3]), flip=st.booleans(), data=st.data(),
)
def test_that_augmenting_a_batch_is_augmenting_its_images(pad, channels, flip, data):
    images = pictures(channels=channels)
    shifts = data.draw(st.lists(
        st.tuples(st.integers(0, 2 * pad), st.integers(0, 2 * pad)), min_size=6, max_size=6
    ))
    mirrors = data.draw(st.lists(st.booleans(), min_size=6, max_size=6))
    got = Augment(pad, flip)(
        torch.from_numpy(images), torch.tensor(shifts), torch.tensor(mirrors)
    )
    expected = [
        slowly(image, down, right, mirror and flip, pad)
        for image, (down, right), mirror in zip(images, shifts, mirrors, strict=True)
    ]
    assert np.array_equal(got.numpy(), np.stack(expected))


def test_that_normalising_is_the_formula():
    images = pictures()
    mean, std = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.3, 1.0])
    got = Normalise(tuple(mean), tuple(std))(torch.from_numpy(images))
    expected = ((images / 255 - mean) / std).transpose(0, 3, 1, 2)
    assert got.dtype == torch.float32
    assert got.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-5)


def labelled(count, size=4):
    """Images that say which they are: every pixel of image i is i + 1."""
    numbers = np.arange(1, count + 1, dtype=np.uint8)
    return np.broadcast_to(numbers[:, None, None, None], (count, size, size, 3)).copy()


def make_batches(seed=0, count=23, batch_size=5, augment=UNCHANGED, rows=None, **more):
    images = Images(labelled(count), np.arange(count, dtype=np.int64), rows, CPU)
    return TrainingBatches(images, batch_size, augment, AS_IT_IS, Streams(seed), **more)


def order(batches, epoch=0, first=0):
    return torch.cat([drawn.y_B for drawn in batches.epoch(epoch, first)]).tolist()


def test_that_an_epoch_shows_every_image_once_but_for_the_last_small_batch():
    batches = make_batches()
    assert len(batches) == 4
    seen = order(batches)
    assert len(set(seen)) == len(seen) == 20
    for drawn in batches.epoch(0):
        assert torch.equal((drawn.views[0] * 255).round()[:, 0, 0, 0].long(), drawn.y_B + 1)
        assert torch.equal(drawn.index_B, drawn.y_B)


def test_that_rows_choose_the_images():
    rows = np.array([3, 5, 8, 13])
    assert sorted(order(make_batches(rows=rows, batch_size=2))) == rows.tolist()


def test_that_a_batch_is_never_larger_than_the_images_there_are():
    batches = make_batches(count=3, batch_size=50)
    assert (len(batches), sorted(order(batches))) == (1, [0, 1, 2])


def test_that_order_depends_on_seed_and_epoch_alone():
    assert order(make_batches(0), 2) == order(make_batches(0), 2)
    assert order(make_batches(0), 0) != order(make_batches(0), 1)
    assert order(make_batches(0), 0) != order(make_batches(1), 0)
    one = make_batches(0)
    list(one.epoch(0))
    torch.rand(5)
    assert order(one, 1) == order(make_batches(0), 1)


@pytest.mark.parametrize("first", [0, 1, 3, 4])
def test_that_going_on_in_mid_epoch_shows_the_rest_of_it(first):
    augment = Augment(1, flip=True)
    whole = list(make_batches(augment=augment).epoch(3))
    rest = list(make_batches(augment=augment).epoch(3, first))
    assert len(rest) == 4 - first
    for drawn, again in zip(whole[first:], rest, strict=True):
        assert torch.equal(drawn.views[0], again.views[0])
        assert torch.equal(drawn.y_B, again.y_B)


def test_that_augmenting_changes_no_order_and_reaches_every_shift_and_flip():
    plain, augmented = make_batches(count=80), make_batches(count=80, augment=Augment(2, flip=True))
    assert order(plain) == order(augmented)
    seen = set()
    for epoch in range(8):
        shift_N2, flip_N = augmented._shifts(AUGMENTATION, 0, epoch)
        draws = zip(shift_N2.tolist(), flip_N.tolist(), strict=True)
        seen |= {(down, right, flip) for (down, right), flip in draws}
    assert seen == {(d, r, f) for d in range(5) for r in range(5) for f in (False, True)}


def test_that_further_views_and_partners_leave_the_first_view_as_it_is():
    augment = Augment(1, flip=True)
    alone = list(make_batches(augment=augment).epoch(2))
    more = list(make_batches(augment=augment, num_views=3, partners=True).epoch(2))
    for one, drawn in zip(alone, more, strict=True):
        assert torch.equal(one.views[0], drawn.views[0])
        assert torch.equal(one.y_B, drawn.y_B)
        assert len(drawn.views) == 3
        # No two views are the same, but all are of the same images.
        assert not torch.equal(drawn.views[1], drawn.views[2])
        assert not torch.equal(drawn.views[0], drawn.views[1])
        assert all(torch.equal(v.amax((1, 2, 3)), one.views[0].amax((1, 2, 3)))
                   for v in drawn.views)


def test_that_a_partner_is_another_image_of_the_same_class():
    labels = torch.tensor([0, 1, 0, 2, 1, 0, 0])
    classes, draws = SameClass(labels), torch.Generator().manual_seed(0)
    seen = torch.stack([classes.draw(draws) for _ in range(60)])
    assert torch.equal(labels[seen], labels.expand(60, 7))
    for image, partners in enumerate(seen.T.tolist()):
        others = set((labels == labels[image]).nonzero()[:, 0].tolist()) - {image}
        assert set(partners) == (others or {image})


def test_that_clean_batches_are_training_images_as_they_lie_on_disk():
    batches = make_batches(augment=Augment(2, flip=True))
    seen = torch.cat(list(batches.clean(12)))
    assert len(seen) == 12
    assert len({float(x.mean()) for x in seen}) == 12
    assert torch.equal(seen.amax((1, 2, 3)), seen.amin((1, 2, 3)))  # no border was shifted in


def test_that_clean_batches_are_never_of_one_image():
    assert [len(x) for x in make_batches(count=21).clean(100)] == [5, 5, 5, 5]
    assert [len(x) for x in make_batches(count=22).clean(100)] == [5, 5, 5, 5, 2]
    assert [len(x) for x in make_batches(count=22).clean(6)] == [5]


def test_that_evaluation_sees_every_image_in_order():
    images = Images(labelled(11), np.arange(11, dtype=np.int64), None, CPU)
    batches = list(images.batches(4))
    assert [len(y) for _, y in batches] == [4, 4, 3]
    assert torch.cat([y for _, y in batches]).tolist() == list(range(11))
    assert torch.cat([x for x, _ in batches])[:, 0, 0, 0].tolist() == list(range(1, 12))


def test_that_images_on_disk_are_the_same_images(tmp_path):
    path = tmp_path / "packed.npy"
    np.save(path, labelled(9))
    labels, rows = np.arange(9, dtype=np.int64), np.array([7, 2, 4])
    on_disk = Images(np.load(path, mmap_mode="r+"), labels, rows, CPU)
    in_memory = Images(labelled(9), labels, rows, CPU)
    index = torch.tensor([2, 0])
    for left, right in zip(on_disk.take(index), in_memory.take(index), strict=True):
        assert torch.equal(left, right)
    assert in_memory.take(index)[1].tolist() == [4, 7]


def test_that_images_in_memory_are_shared_and_those_on_disk_are_read_ahead(tmp_path):
    draws = np.random.default_rng(0)
    pixels_NHWC = draws.integers(0, 256, (40, 4, 4, 3), np.uint8)
    labels_N, rows = draws.integers(0, 3, 40), np.array([5, 7, 39, 0])
    np.save(tmp_path / "pixels.npy", pixels_NHWC)
    on_disk = np.load(tmp_path / "pixels.npy", mmap_mode="c")
    cpu = torch.device("cpu")
    memory = Images(pixels_NHWC, labels_N, rows, cpu)
    disk = Images(on_disk, labels_N, rows, cpu)
    pixels_NHWC[5] = 99  # no copy was made
    assert memory.take(torch.tensor([0]))[0].unique().tolist() == [99]
    pixels_NHWC[5] = on_disk[5]
    indices = [torch.tensor([3, 1]), torch.tensor([0]), torch.tensor([2, 2, 2])]
    for one, other in zip(memory.stream(indices), disk.stream(indices), strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])


@pytest.mark.parametrize("partners", [False, True])
@pytest.mark.parametrize("first", [0, 3])
def test_that_batches_made_several_at_once_are_those_made_one_by_one(
    monkeypatch, partners, first
):
    labels = np.arange(47) % 5
    images = Images(pictures(count=47), labels, None, CPU)

    def drawn(at_once):
        batches = TrainingBatches(
            images, 4, Augment(2, flip=True), AS_IT_IS, Streams(1), 2, partners=partners
        )
        monkeypatch.setattr(batches, "_at_once", lambda: at_once)
        return list(batches.epoch(1, first))

    one_by_one = drawn(1)
    assert len(one_by_one) == 11 - first
    for at_once in (3, 4, 100):
        for got, expected in zip(drawn(at_once), one_by_one, strict=True):
            assert torch.equal(got.y_B, expected.y_B)
            assert torch.equal(got.index_B, expected.index_B)
            assert len(got.views) == 2
            pairs = list(zip(got.views, expected.views, strict=True))
            if partners:
                pairs.append((got.partner_BCHW, expected.partner_BCHW))
            assert (got.partner_BCHW is None) == (not partners)
            for seen_BCHW, expected_BCHW in pairs:
                assert torch.equal(seen_BCHW, expected_BCHW)
                assert seen_BCHW.is_contiguous(memory_format=torch.channels_last)
