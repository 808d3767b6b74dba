import numpy as np
import pytest

from engine.spec.errors import DataError
from engine.store.predictions import (
    PeerPredictions,
    Predictions,
    load_peers,
    load_predictions,
    save_peers,
    save_predictions,
    stored_peers,
    stored_predictions,
)


def said(labels, predicted, confidence):
    return Predictions(
        np.array(labels, np.int64), np.array(predicted, np.int64),
        np.array(confidence, np.float32),
    )


SAID = said([0, 1, 2, 2, 0], [0, 2, 2, 0, 1], [0.5, 0.75, 1.0, 0.25, 0.875])


def test_that_predictions_come_back_as_they_were(tmp_path):
    path = save_predictions(tmp_path, "val", 40, SAID)
    save_predictions(tmp_path, "val", 8, SAID)
    save_predictions(tmp_path, "test", 40, SAID)
    back = load_predictions(path)
    for mine, theirs in zip(SAID, back, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert stored_predictions(tmp_path, "val") == {
        8: path.with_name("val-00000008.npz"), 40: path
    }
    assert list(stored_predictions(tmp_path, "test")) == [40]
    assert stored_predictions(tmp_path / "elsewhere", "val") == {}


@pytest.mark.parametrize("num_classes", [2, 256, 257, 70_000])
def test_that_any_number_of_classes_is_kept(tmp_path, num_classes):
    last = num_classes - 1
    back = load_predictions(save_predictions(tmp_path, "val", 1, said([last], [0], [0.5])))
    assert (back.labels[0], back.predicted[0]) == (last, 0)


def test_that_no_images_are_no_trouble(tmp_path):
    back = load_predictions(save_predictions(tmp_path, "test", 1, said([], [], [])))
    assert back.confusion(3).tolist() == [[0, 0, 0]] * 3
    assert back.mistakes().tolist() == []


def test_that_the_matrix_counts_labels_by_row():
    assert SAID.confusion(3).tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 1]]


def test_that_mistakes_come_with_the_most_confident_first():
    assert SAID.mistakes().tolist() == [4, 1, 3]
    assert SAID.in_cell(2, 2).tolist() == [2]
    assert SAID.in_cell(1, 0).tolist() == []


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 half a zip"])
def test_that_garbage_is_one_clear_line(tmp_path, content):
    path = tmp_path / "val-00000001.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"^the predictions .*val-00000001.npz cannot be read"):
        load_predictions(path)


def test_that_pickles_and_rows_of_other_lengths_are_refused(tmp_path):
    path = tmp_path / "val-00000001.npz"
    np.savez(path, labels=np.array([{}]), predicted=np.zeros(1), confidence=np.zeros(1))
    with pytest.raises(DataError, match="cannot be read"):
        load_predictions(path)
    np.savez(path, labels=np.zeros(2), predicted=np.zeros(1), confidence=np.zeros(1))
    with pytest.raises(DataError, match="no three rows of equal length"):
        load_predictions(path)


def test_that_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        load_predictions(tmp_path / "val-00000001.npz")


PEERS = PeerPredictions(
    np.array([0, 1, 300]), np.array([[0, 1, 2], [0, 2, 300]]), np.array([0, 1, 300])
)


def test_that_what_peers_said_comes_back_beside_the_predictions(tmp_path):
    path = save_peers(tmp_path, 40, PEERS)
    save_predictions(tmp_path, "test", 40, SAID)
    for mine, theirs in zip(PEERS, load_peers(path), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert stored_peers(tmp_path) == {40: path}
    assert list(stored_predictions(tmp_path, "test")) == [40]


def test_that_peers_that_do_not_fit_together_are_refused(tmp_path):
    path = save_peers(tmp_path, 40, PEERS._replace(together=np.array([0])))
    with pytest.raises(DataError, match="not of as many images"):
        load_peers(path)
    path.write_bytes(b"no archive")
    with pytest.raises(DataError, match="cannot be read"):
        load_peers(path)
