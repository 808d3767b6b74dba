"""Whatever is in a spec file, it is either understood or refused in words."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.spec.errors import SpecError
from engine.spec.run_spec import RunSpec
from engine.spec.spec_file import dump_spec, expand, parse_spec

KEYS = st.sampled_from([
    "name", "seeds", "dataset", "backbone", "method", "training", "grid", "options", "epochs", "lr",
    "milestones", "training.lr", "method.options.alpha", "method", "train_images", "root",
    "regularizers", "regularizers.mixup", "mixup", "alpha",
]) | st.text(max_size=6)
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.datetimes()
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
TOP = st.dictionaries(KEYS, VALUES, max_size=5)
TOML_PIECES = st.lists(
    st.sampled_from([
        "[training]", "[grid]", "[method.options]", "\n", "=", "lr", "epochs", "seeds", "0.1", "3",
        '"x"', "[", "]", "{", "}", ",", "name", "true", "nan", "inf", "'training.lr'", ".", "#",
    ]) | st.text(max_size=4),
    max_size=14,
).map(" ".join)


@settings(deadline=None)
@given(st.text(max_size=60) | TOML_PIECES)
def test_that_any_text_is_understood_or_refused(text):
    with contextlib.suppress(SpecError):
        assert all(isinstance(run, RunSpec) for run in parse_spec(text))


@settings(deadline=None)
@given(TOP)
def test_that_any_table_is_understood_or_refused(table):
    with contextlib.suppress(SpecError):
        runs = expand(table)
        assert all(len(run.digest()) == 12 for run in runs)


@settings(deadline=None)
@given(st.text(max_size=20), st.lists(st.text(max_size=20) | TOML_PIECES, max_size=2))
def test_that_any_setting_is_understood_or_refused(text, settings):
    with contextlib.suppress(SpecError):
        parse_spec(text, settings)


NAMES = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=9)


@settings(deadline=None)
@given(
    name=NAMES, seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3, unique=True),
    lr=st.floats(1e-9, 100.0),
    epochs=st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True),
    options=st.dictionaries(NAMES, st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | NAMES,
                            max_size=3),
)
def test_that_whatever_is_written_is_read_back(name, seeds, lr, epochs, options):
    table = {
        "name": name, "seeds": seeds, "training": {"lr": lr}, "method": {"options": options},
        "grid": {"training.epochs": epochs},
    }
    assert parse_spec(dump_spec(table)) == expand(table)
