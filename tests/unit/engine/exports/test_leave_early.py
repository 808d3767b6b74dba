import numpy as np
import pytest

from engine.exports import leave_early
from engine.exports.format import Asked
from engine.exports.leave_early import (
    LEAST_IMAGES,
    NEVER,
    leaving_fault,
    left_by,
    measure_leaving,
    spread,
)
from engine.spec.errors import ExportError

CLASSES, PER_CLASS = 10, 100
THRESHOLDS = {"thresholds": [0.9, 0.0], "expected_multiply_adds": 1.0}


class File:
    """A file of two exits, and images that are sorted by class, as image folders are.

    The first exit knows class 0 alone; the second is right about three in four of every class.
    """

    def __init__(self, leaves=None):
        self.labels_N = np.repeat(np.arange(CLASSES), PER_CLASS)
        places = np.arange(len(self.labels_N))
        said_ON = np.stack([self.labels_N * 0, (self.labels_N + (places % 4 == 0)) % CLASSES])
        sure_ON = np.stack([np.where(self.labels_N == 0, 9.0, 0.1), np.full(len(places), 9.0)])
        self.logits_ONK = np.float32(np.eye(CLASSES)[said_ON] * sure_ON[:, :, None])
        self.leaves, self.places = leaves, []

    def asked(self):
        return Asked(self.logits_ONK, self.labels_N, lambda place: np.array([place]))

    def ask(self, image, thresholds):
        [place] = image
        self.places.append(int(place))
        exit_ = left_by(self.logits_ONK[:, [place]], thresholds)[0]
        if self.leaves is not None:
            exit_ = self.leaves
        return self.logits_ONK[: exit_ + 1, place]


def test_that_accuracy_is_of_all_images_though_they_are_sorted_by_class_and_few_are_timed():
    file = File()
    [early, never] = measure_leaving(file.ask, [THRESHOLDS], file.asked())
    assert (early["num_images"], early["timed_images"]) == (1000, LEAST_IMAGES)
    assert never["thresholds"] == [NEVER, NEVER]
    assert never["test_top1"] == pytest.approx(75.0)
    assert early["exit_shares"] == [0.1, 0.9]
    assert early["test_top1"] == pytest.approx(0.1 * 100 + 0.9 * 75)
    assert len({place // PER_CLASS for place in file.places}) == CLASSES


def test_that_all_images_are_timed_where_there_is_time(monkeypatch):
    monkeypatch.setattr(leave_early, "TIMED_S", 600.0)
    file = File()
    rows = measure_leaving(file.ask, [THRESHOLDS], file.asked())
    assert {row["timed_images"] for row in rows} == {1000}
    assert set(file.places) == set(range(1000))


def test_that_the_order_is_mixed_and_always_the_same():
    assert sorted(spread(100).tolist()) == list(range(100))
    assert np.array_equal(spread(100), spread(100))
    assert abs(np.corrcoef(spread(1000)[:50], np.arange(50))[0, 1]) < 0.5


def test_that_an_image_leaves_at_the_first_exit_that_is_sure():
    logits_ONK = np.log(np.float32([[[0.7, 0.3], [0.9, 0.1]], [[0.6, 0.4], [0.5, 0.5]]]))
    assert left_by(logits_ONK, [0.8, 0.0]).tolist() == [1, 0]
    assert left_by(logits_ONK, [NEVER]).tolist() == [1, 1]
    assert left_by(logits_ONK, [0.0]).tolist() == [0, 0]


def test_that_a_file_that_leaves_by_other_exits_than_it_should_is_refused_and_found_later():
    file = File()
    rows = measure_leaving(file.ask, [THRESHOLDS], file.asked())
    assert leaving_fault(file.ask, rows, file.asked()) == ""
    never = File(leaves=1)
    with pytest.raises(ExportError, match=r"images leave by other exits .*: not exported$"):
        measure_leaving(never.ask, [{**THRESHOLDS, "thresholds": [0.0, 0.0]}], never.asked())
    always = File(leaves=0)
    said = leaving_fault(always.ask, rows, always.asked())
    assert " of 50 images leave by other exits than those that are sure of them" in said
