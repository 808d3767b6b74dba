from engine.build import catalogue_entries
from engine.publish import count_of, publish_catalog
from engine.service import catalog_is_current
from engine.spec.card import KINDS, Card
from engine.store import cards


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


def test_that_everything_registered_is_published_with_its_parameters(store):
    assert not catalog_is_current(store)
    publish_catalog(store)
    assert catalog_is_current(store)
    catalog = cards.read_catalog(store)
    published = {(c.kind, c.name) for kind in KINDS for c in catalog.all(kind)}
    assert published == {(e.card.kind, e.card.name) for e in catalogue_entries()}
    assert catalog.card("backbone", "resnet8").facts["params"] == {"10": 78_042, "100": 83_892}
    assert count_of("resnet8", 100, 1) == 83_892 - 2 * 9 * 16


def test_that_a_setting_is_kept_and_renewed(store):
    assert cards.get_setting(store, "x", "default") == "default"
    for value in (1, None, {"a": [1.5]}, "text"):
        cards.put_setting(store, "x", value)
        assert cards.get_setting(store, "x", "default") == value
