import pytest

from tests.gui.composing import opened

pytestmark = pytest.mark.gui

PETS = {"name": "image_folder", "root": "/data/pets", "options": {}}
TRAINED_ON = ({"name": "image_folder", "root": "/data/pets"},)


def picks(page):
    return page.editor.draft().picks["dataset"]


def test_that_a_dataset_that_is_offered_is_trained_on_instead_of_others(page, context):
    before = page.editor.draft()
    context.selection.train_on(PETS)
    assert picks(page) == TRAINED_ON
    assert page.editor.cards("dataset").picked() == ["image_folder"]
    assert page.editor.draft().picks["method"] == before.picks["method"]


def test_that_one_that_was_offered_before_the_page_was_built_is_not_lost(
    qtbot, published, context
):
    context.selection.train_on(PETS)
    page = opened(qtbot, context)
    assert picks(page) == TRAINED_ON
    assert context.selection.take_dataset() is None
