from typing import Literal

import pytest

from engine.spec.options import Options, option
from engine.spec.run_spec import DatasetSpec, TrainingSpec
from studio.forms.field import fields_of


class Sample(Options):
    weight: float = option(
        0.5, "How much.", title="Weight α", unit="nats", source="Someone 2020", ge=0.0, le=1.0
    )
    num_peers: int = option(2, "How many.", gt=1, lt=9)
    limit: int | None = option(None, "At most.", ge=2, visible_when={"kind": ["soft"]})
    kind: Literal["soft", "hard"] = option("soft", "Which.")
    only: Literal["one"] = option("one", "One.")
    extra: float = option(1.0, "More.", needs="weight")
    parts: tuple[float, ...] = option((0.5,), "Where.")
    on: bool = option(True, "Whether.")


@pytest.fixture
def fields():
    return {field.name: field for field in fields_of(Sample.model_json_schema())}


def test_that_a_number_has_its_title_unit_range_help_and_source(fields):
    weight = fields["weight"]
    assert (weight.kind, weight.label, weight.default) == ("number", "Weight α", 0.5)
    assert (weight.unit, weight.limits) == ("nats", "0 – 1")
    assert (weight.help, weight.source) == ("How much.", "Someone 2020")


def test_that_open_ranges_say_which_end_is_open(fields):
    assert fields["num_peers"].limits == "> 1, < 9"


def test_that_a_name_without_title_becomes_words(fields):
    assert fields["num_peers"].label == "Num peers"


def test_that_an_optional_number_is_a_nullable_number(fields):
    limit = fields["limit"]
    assert (limit.kind, limit.nullable, limit.default) == ("integer", True, None)
    assert limit.limits == "≥ 2"
    assert limit.visible_when == {"kind": ("soft",)}


def test_that_an_option_knows_the_weight_that_it_needs(fields):
    assert (fields["extra"].needs, fields["weight"].needs) == ("weight", "")


def test_that_literals_are_choices_even_if_there_is_one(fields):
    assert fields["kind"].choices == ("soft", "hard")
    assert fields["only"].choices == ("one",)


def test_that_a_list_knows_what_it_is_made_of(fields):
    assert (fields["parts"].kind, fields["parts"].item) == ("list", "number")


def test_that_a_switch_is_a_switch(fields):
    assert fields["on"].kind == "boolean"


def test_that_every_option_of_the_recipe_gets_a_field():
    names = [field.name for field in fields_of(TrainingSpec.model_json_schema())]
    assert names == list(TrainingSpec.model_fields)


def test_that_nested_tables_are_left_to_their_own_forms():
    names = [field.name for field in fields_of(DatasetSpec.model_json_schema())]
    assert names == [name for name in DatasetSpec.model_fields if name != "options"]
