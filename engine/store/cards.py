"""The published catalogue, and the workspace's settings."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.store import schema
from engine.store.connect import Store

STAMP = "catalog/stamp"
"""Of the code that the cards speak of."""
COUNTED_STAMP = "catalog/counted_stamp"
"""Of the code that the added facts speak of."""
COUNTED, COST = "backbone", "multiply_adds"
"""Cards of this kind are complete when they have this fact."""
NUM_COUNTED = "catalog/counted"
"""How many cards have it: it changes when facts are added, and the stamps do not."""


def publish(
    store: Store, cards: Sequence[Card], stamp: str, counted_stamp: str | None = None
) -> None:
    """Replace the catalogue.

    Args:
        store: of the workspace.
        cards: all of them, in their order.
        stamp: of the code that they speak of.
        counted_stamp: of the code that facts to be added depend on; those that were added under
            the same are kept. By default `stamp`.
    """
    counted_stamp = counted_stamp or stamp
    with store.write() as connection:
        known = _facts(connection) if _get(connection, COUNTED_STAMP) == counted_stamp else {}
        rows: list[dict[str, Any]] = []
        for position, card in enumerate(cards):
            added = known.get((card.kind, card.name), {})
            table = card.model_dump(mode="json")
            table["facts"] = {**added, **table["facts"]}
            rows.append(
                {"kind": card.kind, "name": card.name, "position": position, "card": table}
            )
        connection.execute(schema.card.delete())
        connection.execute(schema.card.insert(), rows)
        _put(connection, STAMP, stamp)
        _put(connection, COUNTED_STAMP, counted_stamp)
        _put(connection, NUM_COUNTED, _num_counted(connection))


def backbones_to_count(store: Store) -> list[str]:
    """The backbones whose cards do not say yet what they cost, in the order of the catalogue."""
    with store.read() as connection:
        facts = _facts(connection)
    return [name for (kind, name), known in facts.items() if kind == COUNTED and COST not in known]


def add_facts(
    store: Store, facts: Mapping[str, Mapping[str, Any]], counted_stamp: str
) -> bool:
    """Add facts to published backbones; returns False, adding none, if the stamp is another.

    Args:
        store: where the catalogue was published.
        facts: what is to be added, by name of the backbone.
        counted_stamp: of the code that was counted; see `publish`.
    """
    table = schema.card
    with store.write() as connection:
        if _get(connection, COUNTED_STAMP) != counted_stamp:
            return False
        chosen = (table.c.kind == COUNTED) & table.c.name.in_(list(facts))
        for row in connection.execute(sa.select(table).where(chosen)).all():
            card = {**row.card, "facts": {**row.card["facts"], **facts[row.name]}}
            this = (table.c.kind == COUNTED) & (table.c.name == row.name)
            connection.execute(table.update().where(this).values(card=card))
        _put(connection, NUM_COUNTED, _num_counted(connection))
    return True


def read_catalog(store: Store) -> Catalog:
    """The catalogue as last published; empty in a workspace that never had an engine."""
    query = sa.select(schema.card.c.card).order_by(schema.card.c.position)
    with store.read() as connection:
        return Catalog(Card.model_validate(card) for card in connection.execute(query).scalars())


def get_setting(store: Store, key: str, default: Any = None) -> Any:
    """A setting of the workspace."""
    with store.read() as connection:
        return _get(connection, key, default)


def put_setting(store: Store, key: str, value: Any) -> None:
    """Keep a setting with the workspace."""
    with store.write() as connection:
        _put(connection, key, value)


def _get(connection: sa.Connection, key: str, default: Any = None) -> Any:
    query = sa.select(schema.setting.c.value).where(schema.setting.c.key == key)
    row = connection.execute(query).first()
    return default if row is None else row[0]


def _put(connection: sa.Connection, key: str, value: Any) -> None:
    table = schema.setting
    done = connection.execute(table.update().where(table.c.key == key).values(value=value))
    if not done.rowcount:
        connection.execute(table.insert().values(key=key, value=value))


def _facts(connection: sa.Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """The facts of every published card."""
    query = sa.select(schema.card).order_by(schema.card.c.position)
    return {(row.kind, row.name): row.card["facts"] for row in connection.execute(query)}


def _num_counted(connection: sa.Connection) -> int:
    return sum(COST in known for known in _facts(connection).values())
