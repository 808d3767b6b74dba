
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QLineEdit, QListView

from engine.spec.catalog import Catalog
from engine.spec.options import Options, option
from engine.store import cards
from studio.pages.compose.card_rows import card_row
from studio.pages.compose.card_view import BADGES, CardView
from tests.gui.composing import (
    CARDS,
    card,
    click_card,
    opened,
    row_of,
    titles,
    type_into,
)

pytestmark = pytest.mark.gui


MANY = [
    card("backbone", f"{family}{size}", f"{family.title()}-{size}", traits=traits,
         facts={"family": family.title(), "params": {"10": 1000 * size, "100": 2000 * size}})
    for family, traits in (("resnet", ()), ("slim", ("widths",)))
    for size in (8, 20, 32, 44, 56, 110, 164)
]


@pytest.fixture
def crowded(qtbot, client, resting, context):
    rest = [card for card in CARDS if card.kind != "backbone"]
    cards.publish(client.store, [*MANY, *rest], "stamp")
    return opened(qtbot, context)


def test_that_many_cards_stand_folded_under_their_families(qtbot, crowded):
    assert titles(crowded, "backbone") == ["Resnet", *(c.title for c in MANY[:7]), "Slim"]
    headings = [row_of(crowded, "backbone", name).data(BADGES) for name in ("Resnet", "Slim")]
    assert headings == [["1 picked", "7"], ["widths", "7"]]
    view = crowded.editor.cards("backbone").view
    view.setCurrentIndex(row_of(crowded, "backbone", "Slim"))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert titles(crowded, "backbone")[-7:] == [c.title for c in MANY[7:]]
    click_card(qtbot, crowded, "backbone", "Resnet")
    assert titles(crowded, "backbone") == ["Resnet", "Slim", *(c.title for c in MANY[7:])]


@pytest.mark.parametrize(("text", "title"), [("", "SiLa"), ("mutual", "Deep Mutual Learning")])
def test_that_down_leads_from_a_search_to_its_cards(qtbot, page, text, title):
    click_card(qtbot, page, "method", "SiLa")
    line, view = (page.findChild(kind, name) for kind, name in (
        (QLineEdit, "compose_method_search"), (QListView, "compose_method")
    ))
    page.activateWindow()
    line.setFocus()
    type_into(qtbot, page, "compose_method_search", text)
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert page.window().focusWidget() is view
    assert view.currentIndex().data() == title


def test_that_a_search_looks_into_folded_families(qtbot, crowded):
    type_into(qtbot, crowded, "compose_backbone_search", "WIDTHS 110")
    assert titles(crowded, "backbone") == ["Slim", "Slim-110"]
    qtbot.keyClick(crowded.findChild(QLineEdit, "compose_backbone_search"), Qt.Key.Key_Return)
    view = crowded.editor.cards("backbone").view
    assert view.currentIndex().data() == "Slim-110"
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert crowded.editor.cards("backbone").picked() == ["resnet8", "slim110"]
    type_into(qtbot, crowded, "compose_backbone_search", "nothing like it")
    assert titles(crowded, "backbone") == []


def test_that_facts_that_come_later_leave_rows_and_forms_where_they_are(qtbot, crowded):
    view = crowded.editor.cards("backbone").view
    form = crowded.editor.options.sections("method")[1].form
    view.setCurrentIndex(row_of(crowded, "backbone", "Resnet-20"))
    before = titles(crowded, "backbone")
    counted = [
        one.model_copy(update={"facts": {**one.facts, "params": {"10": 10**6 - number}}})
        for number, one in enumerate(MANY)
    ]
    crowded._on_catalog(Catalog([*counted, *CARDS[3:]]))
    assert titles(crowded, "backbone") == before
    assert view.currentIndex().data() == "Resnet-20"
    assert row_of(crowded, "backbone", "Resnet-20").data(BADGES)[0] == "1 M params"
    assert crowded.editor.options.sections("method")[1].form is form
    assert crowded.editor.cards("backbone").picked() == ["resnet8"]


class AdaptedOptions(Options):
    weights: str | None = option(None, "What it begins with.")


FINDABLE = [
    card("backbone", "msdnet", "MSDNet", traits=("exits",), facts={"family": "Grown"}),
    card("backbone", "slim", "Slim", traits=("widths",), facts={"family": "Grown"}),
    card("backbone", "skipnet", "SkipNet", traits=("paths",), facts={"family": "Grown"}),
    card("backbone", "tv_vgg", "VGG", options=AdaptedOptions.model_json_schema(),
         facts={"family": "Library"}),
    card("backbone", "early_bird", "Early bird", facts={"family": "Library"}),
    card("backbone", "late_bird", "Late bird", facts={"family": "Library"}),
    card("backbone", "library_wide8", "Wide-8", facts={"family": "Library"}),
    card("backbone", "wide_8_2", "W-8-2", facts={"family": "Wide nets"}),
    card("backbone", "wide_8", "W-8", facts={"family": "Wide nets"}),
]


SEARCHES = {
    "dynamic": ["Grown", "MSDNet", "Slim", "SkipNet"],
    "slimmable": ["Grown", "Slim"],
    "skipping": ["Grown", "SkipNet"],
    "pretrained": ["Library", "VGG"],
    "early": ["Library", "Early bird", "Grown", "MSDNet"],
    "vgg": ["Library", "VGG"],
    "multi-exit": ["Grown", "MSDNet"],
    "wide": ["Wide nets", "W-8-2", "W-8", "Library", "Wide-8"],
    "wide_8_2": ["Wide nets", "W-8-2"],
    "wide 8": ["Library", "Wide-8", "Wide nets", "W-8", "W-8-2"],
}


def test_that_traits_are_found_and_names_come_first(qtbot, client, resting, context):
    rest = [card for card in CARDS if card.kind != "backbone"]
    cards.publish(client.store, [*FINDABLE, *MANY[:7], *rest], "stamp")
    page = opened(qtbot, context)
    unsearched = titles(page, "backbone")
    found = {}
    for words in SEARCHES:
        type_into(qtbot, page, "compose_backbone_search", words)
        found[words] = titles(page, "backbone")
    assert found == SEARCHES
    page.findChild(QLineEdit, "compose_backbone_search").clear()
    assert titles(page, "backbone") == unsearched


@pytest.fixture
def wordy(qtbot):
    """Cards on their own, whose titles and badges take more lines the narrower they are."""
    view, model = CardView(), QStandardItemModel()
    for at in range(30):
        item = card_row(card("backbone", f"net{at}", f"Network of many words {at}"), "")
        item.setData(["10 classes", "with exits", "of several widths"][: at % 4], BADGES)
        model.appendRow(item)
    view.setModel(model)
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(280, 300)
    view.show()
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    return view


def holes(view):
    """Rows that are not as high as what they say, or do not stand below each other."""
    rows = [view.model().index(at, 0) for at in range(view.model().rowCount())]
    rects = [view.visualRect(index) for index in rows]
    uneven = [at for at, index in enumerate(rows)
              if rects[at].height() != view.sizeHintForIndex(index).height()]
    return uneven + [at for at in range(1, len(rows))
                     if rects[at].top() != rects[at - 1].bottom() + 1]


@pytest.mark.parametrize("width", [200, 900])
def test_that_cards_neither_overlap_nor_leave_holes_at_another_width(wordy, width):
    heights = [wordy.visualRect(wordy.model().index(at, 0)).height() for at in range(30)]
    wordy.resize(width, 300)
    assert holes(wordy) == []
    assert heights != [wordy.visualRect(wordy.model().index(at, 0)).height() for at in range(30)]


def test_that_the_first_card_in_sight_stays_there_at_another_width(wordy):
    wordy.verticalScrollBar().setValue(wordy.visualRect(wordy.model().index(12, 0)).top() + 7)
    for width in (450, 300, 200, 280):
        wordy.resize(width, 300)
        assert wordy.indexAt(QPoint()).row() == 12
        assert wordy.visualRect(wordy.model().index(12, 0)).top() == -7


def test_that_cards_that_need_a_scroll_bar_at_less_width_only_make_room_for_it(qtbot, wordy):
    wordy.model().removeRows(4, 26)
    wordy.resize(900, 4)
    high = sum(wordy.sizeHintForRow(at) for at in range(4)) + 2 * wordy.frameWidth()
    wordy.resize(900, high)
    qtbot.waitUntil(lambda: not wordy.verticalScrollBar().isVisible() and not holes(wordy))
    wordy.resize(200, high)
    assert wordy.verticalScrollBar().isVisible()
    assert holes(wordy) == []
    wordy.resize(900, high)
    assert not wordy.verticalScrollBar().isVisible()
    assert holes(wordy) == []
