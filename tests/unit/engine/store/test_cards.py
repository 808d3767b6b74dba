from contextlib import closing

import pytest

from engine import publish, registry, user_cache
from engine.build import catalogue_entries
from engine.current_catalog import (
    catalog_is_complete,
    catalog_is_current,
    code_stamp,
    keep_published,
    publish_kept,
)
from engine.publish import cost_of, fill_facts, publish_catalog
from engine.registry import Entry, lookup
from engine.spec.card import KINDS, Card
from engine.spec.workspace import Workspace
from engine.store import cards
from engine.store.connect import open_store


def card(name, kind="method"):
    return Card(kind=kind, name=name, title=name, summary="")


def test_that_publishing_replaces_the_catalogue_in_its_order(store):
    assert [cards.read_catalog(store).all(kind) for kind in KINDS] == [[]] * len(KINDS)
    cards.publish(store, [card("a"), card("b")], "one")
    cards.publish(store, [card("c"), card("b"), card("c", "metric")], "two")
    catalog = cards.read_catalog(store)
    assert [c.name for c in catalog.all("method")] == ["c", "b"]
    assert [c.name for c in catalog.all("metric")] == ["c"]
    assert cards.get_setting(store, cards.STAMP) == "two"


def test_that_everything_registered_is_published_and_backbones_are_counted_later(store):
    assert not catalog_is_current(store)
    publish_catalog(store)
    assert catalog_is_current(store)
    catalog = cards.read_catalog(store)
    published = {(c.kind, c.name) for kind in KINDS for c in catalog.all(kind)}
    assert published == {(e.card.kind, e.card.name) for e in catalogue_entries()}
    lacking = cards.backbones_to_count(store)
    assert {"resnet8", "tv_resnet50"} <= set(lacking)
    assert not catalog_is_complete(store)
    counted = {name: {"multiply_adds": []} for name in lacking}
    cards.add_facts(store, counted, code_stamp("backbones"))
    assert catalog_is_complete(store)


def test_that_facts_are_kept_until_what_was_counted_changes(store):
    net, other = card("net", "backbone"), card("other", "backbone")
    cards.publish(store, [net, card("net")], "code", "counted")
    assert cards.add_facts(store, {"net": {"multiply_adds": [7]}}, "counted")
    cards.publish(store, [other, net, card("net")], "newer code", "counted")
    assert cards.read_catalog(store).card("backbone", "net").facts == {"multiply_adds": [7]}
    assert cards.read_catalog(store).card("method", "net").facts == {}
    assert cards.backbones_to_count(store) == ["other"]
    cards.publish(store, [net], "newer code", "other counted")
    assert cards.backbones_to_count(store) == ["net"]


def test_that_facts_of_other_code_are_not_added(store):
    cards.publish(store, [card("net", "backbone")], "code", "counted")
    assert not cards.add_facts(store, {"net": {"multiply_adds": [7]}}, "older")
    assert cards.backbones_to_count(store) == ["net"]


def test_that_only_what_is_lacking_is_counted(store):
    published = [lookup("backbone", name).card for name in ("resnet8", "resnet14", "tv_googlenet")]
    stamp = code_stamp("backbones")
    cards.publish(store, published, "code", stamp)
    cards.add_facts(store, {"resnet14": {"multiply_adds": [1]}}, stamp)
    told = []
    fill_facts(store, lambda *now: told.append(now))
    assert told == [(1, 2, "resnet8"), (2, 2, "tv_googlenet")]
    catalog = cards.read_catalog(store)
    assert catalog.card("backbone", "resnet14").facts["multiply_adds"] == [1]
    small, large = (catalog.card("backbone", n).facts for n in ("resnet8", "tv_googlenet"))
    assert small["params"] == {"10": 78_042, "100": 83_892}
    assert (small["input_size"], small["multiply_adds"]) == (32, list(cost_of("resnet8", 10)[-1]))
    assert (small["family"], large["input_size"]) == ("ResNet (CIFAR)", 224)
    assert large["multiply_adds"][0] / 1e9 == pytest.approx(1.498, abs=2e-3)  # torchvision's own
    assert cards.get_setting(store, cards.NUM_COUNTED) == 3


def test_that_counting_ends_when_other_code_publishes(store):
    published = [lookup("backbone", name).card for name in ("resnet8", "resnet14")]
    cards.publish(store, published, "code", "other code")
    fill_facts(store)
    assert cards.backbones_to_count(store) == ["resnet8", "resnet14"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own; returns the file of the counts."""
    monkeypatch.setattr(user_cache.platformdirs, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache" / "counts.json"


@pytest.mark.parametrize("garbage", [None, "", "[3]", '{"stamp": 1}', '{"stamp": "old"}'])
def test_that_what_was_counted_is_there_for_another_workspace(
    store, tmp_path, cache, monkeypatch, garbage
):
    if garbage is not None:
        cache.parent.mkdir()
        cache.write_text(garbage)
    own = [lookup("backbone", "resnet8").card]
    cards.publish(store, own, "code", code_stamp("backbones"))
    fill_facts(store)
    counted = cards.read_catalog(store).card("backbone", "resnet8").facts
    assert counted["params"]["10"] == 78_042
    monkeypatch.setattr(publish, "_facts", lambda _: pytest.fail("counted again"))
    other = open_store(Workspace(tmp_path / "other"))
    cards.publish(other, own, "code", code_stamp("backbones"))
    fill_facts(other)
    assert cards.read_catalog(other).card("backbone", "resnet8").facts == counted
    other.close()


def test_that_another_workspace_needs_no_registry_for_its_cards(store, tmp_path, monkeypatch):
    assert not publish_kept(store)
    publish_catalog(store)
    stamp = code_stamp("backbones")
    user_cache.keep("counts", stamp, {"resnet8": {"multiply_adds": [7]}})
    keep_published(store)
    monkeypatch.setattr(publish, "catalogue_entries", lambda: pytest.fail("made again"))
    with closing(open_store(Workspace(tmp_path / "other"))) as other:
        assert publish_kept(other)
        assert catalog_is_current(other)
        facts = cards.read_catalog(other).card("backbone", "resnet8").facts
        assert facts["multiply_adds"] == [7]
        cards.add_facts(store, {"resnet8": {"multiply_adds": [7]}}, stamp)
        dumps = [cards.read_catalog(s)._cards for s in (store, other)]
        assert dumps[0] == dumps[1]


@pytest.mark.parametrize("garbage", [[], [3], {}, 5, "cards", [{"kind": "backbone"}], None])
def test_that_damaged_cards_in_the_cache_are_made_again(store, garbage):
    user_cache.keep("cards", code_stamp(), garbage)
    assert not publish_kept(store)
    assert not catalog_is_current(store)


def test_that_a_network_that_cannot_be_counted_stops_nothing(store, monkeypatch):
    def broken(*_):
        raise RuntimeError("no meta device here")

    entry = Entry(card("broken", "backbone"), broken)
    monkeypatch.setitem(registry._entries, ("backbone", "broken"), entry)
    published = [entry.card, lookup("backbone", "resnet8").card]
    cards.publish(store, published, "code", code_stamp("backbones"))
    with pytest.warns(UserWarning, match="the cost of 'broken' could not be counted: no meta"):
        fill_facts(store)
    assert cards.backbones_to_count(store) == []
    catalog = cards.read_catalog(store)
    assert catalog.card("backbone", "broken").facts["multiply_adds"] == []
    assert catalog.card("backbone", "resnet8").facts["multiply_adds"] != []


def test_that_the_cost_is_that_of_the_images_asked_for():
    usual, large = cost_of("resnet20", 10), cost_of("resnet20", 10, 3, 64)
    assert (usual.size, usual.params, usual.exit_params) == (32, 272_474, (272_474,))
    head = 64 * 10
    assert large.multiply_adds[0] - head == 4 * (usual.multiply_adds[0] - head)
    assert cost_of("resnet8", 100, 1).params == 83_892 - 2 * 9 * 16
    assert cost_of("tv_squeezenet1_1", 10).size == 224


def test_that_every_exit_has_its_cost():
    cost = cost_of("msdnet_anytime_4", 10)
    assert len(cost.exit_params) == len(cost.multiply_adds) == 4
    assert sorted(cost.exit_params) == list(cost.exit_params)
    assert cost.exit_params[-1] <= cost.params


def test_that_a_setting_is_kept_and_renewed(store):
    assert cards.get_setting(store, "x", "default") == "default"
    for value in (1, None, {"a": [1.5]}, "text"):
        cards.put_setting(store, "x", value)
        assert cards.get_setting(store, "x", "default") == value
