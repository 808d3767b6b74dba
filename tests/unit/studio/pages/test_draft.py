import tomllib
from dataclasses import replace
from functools import partial

import pytest

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.errors import OptionError, SpecError
from engine.spec.run_spec import MethodSpec
from engine.spec.spec_file import dump_spec, expand
from engine.store import run_queue
from engine.store.connect import open_store
from studio.pages.compose.draft import Draft, draft_of

DIGITS, RESNET8, PLAIN, SILA = (
    {"name": "digits"}, {"name": "resnet8"}, {"name": "plain"}, {"name": "sila"},
)


def make_draft(**values):
    picks = {"dataset": (DIGITS,), "backbone": (RESNET8,), "method": (PLAIN, SILA)}
    return Draft(**{"picks": picks, **values})


def with_regularizers(**values):
    regularizers = ({"name": "mixup", "options": {"alpha": 0.2}}, {"name": "smooth"})
    draft = make_draft(**values)
    return replace(draft, picks={**draft.picks, "regularizer": regularizers})


def round_trip(draft):
    return draft_of(tomllib.loads(dump_spec(draft.to_table())))


def test_that_a_single_pick_is_a_table_and_several_are_a_grid():
    table = make_draft(name="first").to_table()
    assert table["backbone"] == RESNET8
    assert table["grid"] == {"method": [PLAIN, SILA]}
    assert "method" not in table


def test_that_picks_and_seeds_multiply_to_the_number_of_runs():
    draft = make_draft(seeds=(0, 1, 2), varied={"training.lr": [0.1, 0.2]})
    assert draft.num_runs() == 12 == len(draft.specs())


@pytest.mark.parametrize(
    "draft",
    [
        make_draft(),
        make_draft(name="x", seeds=(7,), training={"epochs": 3, "milestones": [0.5]}),
        make_draft(varied={"training.lr": [0.1, 0.2]}),
        with_regularizers(),
        with_regularizers(bare_too=True),
        make_draft(varied={"regularizers": [{"mixup": {}}, {"cutmix": {}}]}),
        make_draft(picks={
            "dataset": ({"name": "digits", "validation": 0.2}, {"name": "cifar10"}),
            "backbone": (RESNET8, {"name": "resnet20"}),
            "method": (PLAIN, {"name": "sila", "options": {"alpha": 0.3}},
                       {"name": "sila", "options": {"alpha": 1.0}}),
        }),
    ],
)
def test_that_a_draft_survives_the_way_through_toml(draft):
    assert round_trip(draft) == draft


@pytest.mark.parametrize(
    "text",
    [
        'seeds = 4\n[method]\nname = "sila"\n[method.options]\nalpha = 0.2',
        '[grid]\n"method.name" = ["plain", "sila"]',
        '[method]\nname = "sila"\n[grid]\n"method.options.alpha" = [0.1, 0.2]',
        '[dataset]\nvalidation = 0.2\n[grid]\n"dataset.name" = ["digits", "cifar10"]',
        '[grid]\n"method.name" = ["plain", "sila"]\n"method.options.alpha" = [0.1, 0.2]',
        '[grid.method]\nname = ["plain", "sila"]\n[grid.training]\nlr = [0.1, 0.2]',
        '[grid]\n"method.name" = ["sila", "sila_dml"]\n'
        'method = [{ options = { alpha = 0.1 } }, { options = { alpha = 0.3 } }]',
        '[grid]\nbackbone = [{ options = {} }, { name = "resnet20" }]',
        '[regularizers.mixup]\nalpha = 0.4\n[regularizers.smooth]',
        '[grid]\nregularizers = [{}, { mixup = { alpha = 0.4 } }]',
        '[regularizers.smooth]\n[grid]\nregularizers = [{}, { mixup = {} }]',
        '[grid]\nregularizers = [{ mixup = {} }, { smooth = {} }, {}]',
        '[grid]\n"regularizers.mixup.alpha" = [0.2, 1.0]',
        '[training]\nepochs = 2\n[grid]\n"training.lr" = [0.1, 0.2]\n"training.epochs" = [1, 3]',
    ],
)
def test_that_the_runs_of_any_spec_are_those_of_its_draft(text):
    table = tomllib.loads(text)
    runs = {spec.model_dump_json() for spec in expand(table)}
    assert {spec.model_dump_json() for spec in draft_of(table).specs()} == runs


def test_that_a_spec_that_is_not_understood_is_refused():
    with pytest.raises(SpecError, match="did you mean 'training'"):
        draft_of({"trainin": {}})


def test_that_something_must_be_picked_of_every_part():
    draft = make_draft(picks={"dataset": (DIGITS,), "backbone": (RESNET8,), "method": ()})
    assert draft.num_runs() == 0
    with pytest.raises(SpecError, match="pick at least one method"):
        draft.specs()


def test_that_the_same_pick_twice_is_refused():
    picks = {"dataset": (DIGITS,), "backbone": (RESNET8,), "method": (SILA, SILA)}
    with pytest.raises(SpecError, match="'sila' is picked twice"):
        make_draft(picks=picks).specs()


def test_that_too_large_a_grid_is_refused_before_it_is_made():
    with pytest.raises(SpecError, match="pick fewer"):
        make_draft(seeds=tuple(range(20_000))).specs()


def test_that_a_check_finds_what_the_queue_would_refuse():
    folder = Card(
        kind="dataset", name="photos", title="Photos", summary="", facts={"needs_root": True}
    )
    rest = [
        Card(kind=kind, name=name, title=name, summary="")
        for kind, name in (("backbone", "resnet8"), ("method", "plain"), ("method", "sila"))
    ]
    picks = {"dataset": ({"name": "photos"},), "backbone": (RESNET8,), "method": (PLAIN, SILA)}
    with pytest.raises(SpecError, match="needs 'root'"):
        make_draft(picks=picks).check(Catalog([folder, *rest]))


def test_that_a_check_asks_the_store_of_the_runs_that_are_to_teach(workspace):
    options = {"properties": {"teacher": {"type": "string", "default": ""}}}
    cards = [
        Card(kind=kind, name=name, title=name, summary="", options=options if name == "kd" else {})
        for kind, name in (("dataset", "digits"), ("backbone", "resnet8"), ("method", "kd"))
    ]
    kd = {"name": "kd", "options": {"teacher": "run:7"}}
    draft = make_draft(picks={**make_draft().picks, "method": (kd,)})
    draft.check(Catalog(cards))
    store = open_store(workspace)
    try:
        with pytest.raises(OptionError) as caught:
            draft.check(Catalog(cards), partial(run_queue.check_teachers, store))
    finally:
        store.close()
    assert str(caught.value) == "teacher 'run:7': there is no run of that number"
    assert (caught.value.part, caught.value.option) == ("method", "teacher")
    assert caught.value.chosen == MethodSpec(**kd)


def test_that_regularizers_go_into_every_run_as_tables_of_their_own():
    draft = with_regularizers()
    assert draft.to_table()["regularizers"] == {"mixup": {"alpha": 0.2}, "smooth": {}}
    assert draft.num_runs() == 6 == len(draft.specs())
    assert {spec.arm() for spec in draft.specs()} == {"plain+mixup+smooth", "sila+mixup+smooth"}


def test_that_training_without_them_too_doubles_the_runs():
    draft = with_regularizers(bare_too=True)
    assert draft.num_runs() == 12 == len(draft.specs())
    assert {spec.arm() for spec in draft.specs()} == {
        "plain", "sila", "plain+mixup+smooth", "sila+mixup+smooth"
    }


def test_that_without_regularizers_there_is_nothing_to_be_without():
    assert make_draft(bare_too=True).num_runs() == 6 == len(make_draft(bare_too=True).specs())


def test_that_varied_regularizers_take_the_place_of_with_and_without():
    draft = with_regularizers(bare_too=True, varied={"regularizers": [{"cutmix": {}}]})
    assert draft.num_runs() == 6 == len(draft.specs())


@pytest.mark.parametrize("varied", [
    {}, {"training.epochs": [2, 5, 7]}, {"training.lr": [0.1, 0.2]},
    {"training": [{"epochs": 4}, {"lr": 0.2}]},
    {"training": [{"epochs": 4}, {"lr": 0.2}], "training.epochs": [3, 9]},
])
def test_that_all_epochs_are_counted(varied):
    draft = make_draft(training={"epochs": 11}, varied=varied)
    assert draft.num_epochs() == sum(spec.training.epochs for spec in draft.specs())


def test_that_a_check_finds_picks_that_clash_however_large_the_grid():
    cards = [
        Card(kind="dataset", name="digits", title="Digits", summary=""),
        Card(kind="backbone", name="resnet8", title="ResNet-8", summary=""),
        Card(kind="backbone", name="msdnet", title="MSDNet", summary="", traits=("exits",)),
        Card(kind="method", name="plain", title="Plain", summary=""),
        Card(kind="method", name="one", title="ONE", summary="", refuses={"exits": "it branches"}),
    ]
    picks = {"dataset": (DIGITS,), "backbone": (RESNET8, {"name": "msdnet"}),
             "method": (PLAIN, {"name": "one"})}
    draft = make_draft(picks=picks, varied={"training.lr": [0.1 + n / 100 for n in range(60)]})
    with pytest.raises(SpecError, match=r"^ONE cannot be combined with MSDNet: it branches$"):
        draft.check(Catalog(cards))
