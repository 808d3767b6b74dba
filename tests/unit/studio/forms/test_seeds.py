import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.spec.errors import SpecError
from studio.forms.seeds import format_seeds, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("0-4", [0, 1, 2, 3, 4]), ("0–2", [0, 1, 2]), ("0,1,2", [0, 1, 2]), (" 7 ", [7]),
        ("0-2, 10", [0, 1, 2, 10]), ("3, 1 - 2", [3, 1, 2]), ("5-5", [5]),
    ],
)
def test_that_seeds_are_read_as_people_write_them(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "at least one seed"), ("a", "'a' is neither"), ("-1", "'-1' is neither"),
        ("4-1", "backwards"), ("1, 1", "twice"), ("0-2, 1", "twice"),
        ("0-99999999", "too many"), ("4294967296", "too many"), ("1.5", "'1.5' is neither"),
        ("5" * 5000, "more digits"), ("0-" + "9" * 5000, "more digits"), ("x" * 5000, "is neither"),
    ],
)
def test_that_seeds_that_cannot_be_are_refused_with_the_reason(text, reason):
    with pytest.raises(SpecError, match=reason) as refused:
        parse_seeds(text)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("seeds", "text"), [([0, 1, 2], "0-2"), ([0, 1], "0, 1"), ([5, 0, 1, 2], "5, 0-2")]
)
def test_that_seeds_are_written_short(seeds, text):
    assert format_seeds(seeds) == text


@given(st.lists(st.integers(0, 60), min_size=1, max_size=20, unique=True))
def test_that_what_is_written_is_read_back(seeds):
    assert parse_seeds(format_seeds(seeds)) == seeds
