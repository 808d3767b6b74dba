import numpy as np
import pytest

from engine.exports.parity import TOLERANCE, deviation, margin_text, parity

EXPECTED = np.array([[[4.0, 3.0, 0.0], [1.0, 1.00001, 0.0], [0.0, 0.5, 7.0]]], np.float32)


def test_that_equal_answers_have_no_margin_to_tell():
    said = parity(EXPECTED, EXPECTED)
    assert (said["top1_agreement"], said["max_abs_logit_diff"], said["num_images"]) == (1.0, 0.0, 3)
    assert said["disagreeing"] == {"num_images": 0, "largest_margin": 0.0, "median_margin": 0.0}
    assert (deviation(said), margin_text(said)) == ("", "")


def test_that_a_tie_that_rounding_turned_is_told_and_allowed():
    got = EXPECTED.copy()
    got[0, 1, 0] += 2e-5
    said = parity(got, EXPECTED)
    assert said["top1_agreement"] == pytest.approx(2 / 3)
    assert said["disagreeing"]["num_images"] == 1
    assert said["disagreeing"]["largest_margin"] == pytest.approx(1e-5, rel=0.1)
    assert said["disagreeing"]["largest_margin"] <= 2 * said["max_abs_logit_diff"]
    assert deviation(said) == ""
    assert margin_text(said).startswith("1 image of another class, where the trained network's")


def test_that_more_than_rounding_is_a_deviation_however_many_classes_agree():
    said = parity(EXPECTED + np.float32(2e-3) * np.array([1, 0, 0], np.float32), EXPECTED)
    assert said["top1_agreement"] < 1.0
    assert "logits up to 0.002 apart, and 0.0007 is what rounding may do" in deviation(said)
    shifted = EXPECTED + np.float32(2e-3)  # every class as before
    assert "the same class for 100.00% of 3 images" in deviation(parity(shifted, EXPECTED))


def test_that_the_bound_grows_with_the_largest_logit_and_not_below_one():
    assert parity(EXPECTED, EXPECTED)["tolerance"] == pytest.approx(7 * TOLERANCE)
    assert parity(EXPECTED / 100, EXPECTED / 100)["tolerance"] == TOLERANCE
    assert deviation(parity(EXPECTED + np.float32(5e-4), EXPECTED)) == ""


def test_that_the_margins_of_all_images_with_another_class_are_told():
    got = EXPECTED[:, :, ::-1].copy()
    told = parity(got, EXPECTED)["disagreeing"]
    assert told["num_images"] == 2
    assert told["largest_margin"] == pytest.approx(6.5)


@pytest.mark.parametrize("forged", [
    {"top1_agreement": 0.5},
    {"disagreeing": {"num_images": 1, "largest_margin": 0.3, "median_margin": 0.3}},
])
def test_that_more_other_classes_than_rounding_turns_are_a_deviation(forged):
    assert deviation(parity(EXPECTED, EXPECTED) | forged)


def test_that_answers_that_are_no_numbers_are_a_deviation():
    assert deviation(parity(EXPECTED * np.float32("nan"), EXPECTED))
