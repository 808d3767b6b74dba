import pytest

from engine.build import catalogue_entries
from engine.spec.catalog import Catalog


@pytest.fixture(scope="session")
def catalog():
    """The cards of everything that is registered."""
    return Catalog(entry.card for entry in catalogue_entries())
