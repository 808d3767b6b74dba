"""The published catalogue, and the workspace's settings."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.store import schema
from engine.store.connect import Store

STAMP = "catalog/stamp"


def publish(store: Store, cards: Sequence[Card], stamp: str) -> None:
    """Replace the catalogue; `stamp` says of which state of the code it speaks."""
    rows = [
        {"kind": c.kind, "name": c.name, "position": i, "card": c.model_dump(mode="json")}
        for i, c in enumerate(cards)
    ]
    with store.write() as connection:
        connection.execute(schema.card.delete())
        connection.execute(schema.card.insert(), rows)
        _put(connection, STAMP, stamp)


def read_catalog(store: Store) -> Catalog:
    """The catalogue as last published; empty in a workspace that never had an engine."""
    query = sa.select(schema.card.c.card).order_by(schema.card.c.position)
    with store.read() as connection:
        return Catalog(Card.model_validate(card) for card in connection.execute(query).scalars())


def get_setting(store: Store, key: str, default: Any = None) -> Any:
    """A setting of the workspace."""
    query = sa.select(schema.setting.c.value).where(schema.setting.c.key == key)
    with store.read() as connection:
        row = connection.execute(query).first()
    return default if row is None else row[0]


def put_setting(store: Store, key: str, value: Any) -> None:
    """Keep a setting with the workspace."""
    with store.write() as connection:
        _put(connection, key, value)


def _put(connection: sa.Connection, key: str, value: Any) -> None:
    table = schema.setting
    done = connection.execute(table.update().where(table.c.key == key).values(value=value))
    if not done.rowcount:
        connection.execute(table.insert().values(key=key, value=value))
