"""Whatever is composed: the form, the TOML that it shows and the command line train the same."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.spec.errors import SpecError
from engine.spec.spec_file import dump_spec, expand, parse_spec
from studio.pages.compose.draft import Draft, draft_of

RATES = st.sampled_from([0.05, 0.1, 0.2])
RECIPES = st.fixed_dictionaries({}, optional={
    "lr": RATES, "epochs": st.integers(1, 3), "milestones": st.just([0.25, 0.5]),
})
OPTIONS = st.fixed_dictionaries({}, optional={
    "alpha": RATES, "beta": st.just(1.0), "a key": st.just([{"of": {"tables": 1}}, {}]),
})
METHODS = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["plain", "sila", "sila_dml"]), "options": OPTIONS}
)
REGULARIZERS = st.dictionaries(
    st.sampled_from(["mixup", "smooth"]), st.fixed_dictionaries({}, optional={"alpha": RATES})
)
DATASETS = st.fixed_dictionaries(
    {"name": st.sampled_from(["digits", "cifar10"])}, optional={"validation": RATES}
)
PARTS = {
    "dataset": DATASETS, "method": METHODS, "regularizers": REGULARIZERS, "training": RECIPES
}
VARIED = {
    **PARTS, "dataset.name": st.sampled_from(["digits", "cifar10"]),
    "backbone.name": st.sampled_from(["resnet8", "resnet20"]),
    "method.name": st.sampled_from(["plain", "sila"]), "method.options": OPTIONS,
    "method.options.alpha": RATES, "regularizers.mixup.alpha": RATES, "training.lr": RATES,
    "training.epochs": st.integers(1, 3),
}


def below(dotted, values):
    """The same key as a table in a table, as TOML writes it without quotes."""
    head, dot, rest = dotted.partition(".")
    return {head: below(rest, values) if dot else values}


@st.composite
def grids(draw):
    keys = draw(st.lists(st.sampled_from(list(VARIED)), max_size=4, unique=True))
    grid = {}
    for key in keys:
        values = draw(st.lists(VARIED[key], min_size=1, max_size=2, unique_by=repr))
        nested = below(key, values)
        grid |= nested if not nested.keys() & grid.keys() and draw(st.booleans()) else {key: values}
    return grid


TABLES = st.fixed_dictionaries(
    {"seeds": st.just([1, 0]), "grid": grids()}, optional=PARTS
)
PICKS = st.fixed_dictionaries({
    "dataset": st.lists(DATASETS, min_size=1, max_size=2, unique_by=repr),
    "backbone": st.just([{"name": "resnet8"}]),
    "method": st.lists(
        METHODS.map(lambda method: {"name": "plain", **method}),
        min_size=1, max_size=3, unique_by=repr,
    ),
})


def read(draft):
    return draft_of(tomllib.loads(dump_spec(draft.to_table())))


def ordered(specs):
    return sorted(specs, key=lambda spec: (spec.digest(), spec.seed))


def runs_of(table):
    try:
        return expand(table)
    except SpecError:
        return None


def keeps_its_runs(draft):
    assert parse_spec(dump_spec(draft.to_table())) == draft.specs()
    assert read(draft).specs() == draft.specs()
    return True


@settings(deadline=None)
@given(TABLES)
def test_that_the_form_and_its_toml_train_what_the_file_says(table):
    runs = runs_of(table)
    if runs is None:
        with pytest.raises(SpecError):
            draft_of(table)
    else:
        draft = draft_of(table)
        assert ordered(draft.specs()) == ordered(runs)
        assert draft.num_runs() == len(runs)
        assert read(draft) == draft
        assert keeps_its_runs(draft)


@settings(deadline=None)
@given(TABLES, PICKS)
def test_that_other_picks_beside_what_a_file_varies_train_what_the_toml_says(table, picks):
    assume(runs_of(table) is not None)
    draft = draft_of(table)
    draft = replace(draft, picks={**draft.picks, **{k: tuple(v) for k, v in picks.items()}})
    assume(runs_of(draft.to_table()) is not None)
    assert keeps_its_runs(draft)


def test_that_names_that_a_file_varies_are_read_at_the_place_of_picks():
    picks = {part: ({"name": name},) for part, name in (
        ("dataset", "digits"), ("backbone", "resnet8"), ("method", "sila")
    )}
    varied = {"training.lr": [0.1, 0.2], "method.name": ["plain", "sila"]}
    assert keeps_its_runs(Draft(picks=picks, varied=varied))
