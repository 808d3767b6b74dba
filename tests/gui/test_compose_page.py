import tomllib

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QListView, QPushButton, QToolButton

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.errors import StoreError
from engine.spec.options import Options, option
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.spec.spec_file import dump_spec
from engine.store import cards
from studio.pages.compose.card_view import BADGES
from studio.pages.compose.page import REMEMBERED, ComposePage
from studio.pages.compose.presets import list_presets, save_preset
from studio.pages.compose.toml_dialog import TomlDialog

pytestmark = pytest.mark.gui


class SilaOptions(Options):
    alpha: float = option(0.5, "Weight.", title="Weight α", ge=0.0, le=100.0)


class MixupOptions(Options):
    alpha: float = option(1.0, "Shape.", title="Mixing α", gt=0.0)


class DmlOptions(Options):
    peer_backbones: tuple[str, ...] = option((), "Others.", title="Others", card="backbone")


def card(kind, name, title, **rest):
    return Card(kind=kind, name=name, title=title, summary=f"About {title}.", **rest)


ONE_MIXTURE = {"mixes_images": "images are mixed in one way at a time"}


CARDS = [
    card("backbone", "resnet20", "ResNet-20", facts={"params": {"10": 272474, "100": 278324}}),
    card("backbone", "resnet8", "ResNet-8", facts={"params": {"10": 78042, "100": 83892}}),
    card("backbone", "msdnet", "MSDNet", traits=("exits",), facts={"params": {"10": 2_000_000}}),
    card("method", "sila", "SiLa", options=SilaOptions.model_json_schema(),
         parts=("label encoder", "projector"), equation="L = CE + α C", paper="Our reading.",
         evidence="No difference shown.", facts={"num_peers": 1, "cost": 1.03}),
    card("method", "plain", "Plain", facts={"num_peers": 1, "cost": 1.0}),
    card("method", "dml", "Deep Mutual Learning", parts=("second peer",),
         options=DmlOptions.model_json_schema(), refuses={"exits": "its peers have one answer"},
         facts={"num_peers": 2, "cost": 2.0}),
    card("regularizer", "mixup", "Mixup", options=MixupOptions.model_json_schema(),
         traits=("mixes_images",), refuses=ONE_MIXTURE, equation="x̃ = λ x + (1 − λ) x′",
         paper="Zhang et al. 2018"),
    card("regularizer", "cutmix", "CutMix", traits=("mixes_images",), refuses=ONE_MIXTURE),
    card("regularizer", "smooth", "Label smoothing"),
    card("dataset", "digits", "Digits",
         facts={"num_classes": 10, "channels": 1, "bundled": True}),
    card("dataset", "cifar100", "CIFAR-100", facts={"num_classes": 100, "channels": 3}),
    card("dataset", "image_folder", "Image folder", facts={"needs_root": True}),
]


@pytest.fixture
def resting(client, monkeypatch):
    """No engine is started: what is queued stays queued."""
    monkeypatch.setattr(client, "start_engine", lambda: None)


@pytest.fixture
def published(client, resting):
    cards.publish(client.store, CARDS, "stamp")


@pytest.fixture
def page(qtbot, published, context):
    return opened(qtbot, context)


def opened(qtbot, context):
    page = ComposePage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    qtbot.waitUntil(lambda: start(page).isVisible() and said(page) == "")
    return page


def start(page):
    return page.findChild(QPushButton, "compose_start")


def said(page):
    return page.findChild(QLabel, "compose_reason").text()


def click_card(qtbot, page, part, title):
    view = page.findChild(QListView, f"compose_{part}")
    model = view.model()
    rows = [row for row in range(model.rowCount()) if model.index(row, 0).data() == title]
    index = model.index(rows[0], 0)
    view.scrollTo(index)
    at = view.visualRect(index).center() - QPoint(20, 0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def wait_for_text(qtbot, page, text):
    qtbot.waitUntil(lambda: start(page).text() == text)


def wait_for_reason(qtbot, page, part):
    qtbot.waitUntil(lambda: part in said(page))


def type_into(qtbot, page, name, text):
    line = page.findChild(QLineEdit, name)
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClicks(line, text)


def test_that_the_first_experiment_is_plain_against_sila_with_three_seeds(page):
    draft = page.editor.draft()
    assert draft.names("method") == ["plain", "sila"]
    assert draft.seeds == (0, 1, 2)
    assert start(page).text() == "Queue 6 runs"
    assert start(page).isEnabled()


def test_that_picks_make_a_grid(qtbot, page):
    click_card(qtbot, page, "backbone", "ResNet-20")
    wait_for_text(qtbot, page, "Queue 12 runs")
    click_card(qtbot, page, "method", "Plain")
    wait_for_text(qtbot, page, "Queue 6 runs")
    text = page.findChild(QLabel, "preflight_runs").text()
    assert text == "2 backbones × 3 seeds = 6"


def test_that_space_picks_the_card_under_the_cursor(qtbot, page):
    view = page.findChild(QListView, "compose_method")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    assert view.currentIndex().data() == "Plain"
    qtbot.keyClick(view, Qt.Key.Key_Space)
    wait_for_text(qtbot, page, "Queue 3 runs")


def test_that_the_cheapest_card_comes_first(page):
    titles = [page.editor.cards("backbone").view.model().index(row, 0).data() for row in (0, 1)]
    assert titles == ["ResNet-8", "ResNet-20"]


def test_that_a_search_narrows_the_list_and_keeps_the_picks(qtbot, page):
    type_into(qtbot, page, "compose_method_search", "mutual")
    model = page.editor.cards("method").view.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == [
        "Deep Mutual Learning"
    ]
    assert page.editor.cards("method").picked() == ["plain", "sila"]


def test_that_the_passport_describes_the_method_looked_at(qtbot, page):
    click_card(qtbot, page, "method", "SiLa")
    assert page.findChild(QLabel, "passport_title").text() == "SiLa"
    assert page.findChild(QLabel, "passport_equation").text() == "L = CE + α C"
    evidence = page.findChild(QLabel, "passport_evidence")
    assert evidence.text() == "Evidence: No difference shown."
    click_card(qtbot, page, "method", "Plain")
    assert not evidence.isVisibleTo(page)


def test_that_deployed_parameters_are_exact_where_the_cards_say_so(qtbot, page):
    click_card(qtbot, page, "dataset", "CIFAR-100")
    click_card(qtbot, page, "dataset", "Digits")
    label = page.findChild(QLabel, "preflight_parameters")
    qtbot.waitUntil(lambda: "ResNet-8: 83,892 parameters" in label.text())


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("compose_seeds", "0-", "neither a whole number nor a range"),
        ("compose_seeds", "", "at least one seed"), ("compose_name", "", "needs a name"),
        ("editor_alpha", "-1", "must be at least 0"), ("editor_lr", "0", "greater than 0"),
        ("editor_epochs", "x", "a whole number is needed"),
    ],
)
def test_that_start_says_why_it_cannot(qtbot, page, name, text, reason):
    type_into(qtbot, page, name, text)
    wait_for_reason(qtbot, page, reason)
    assert not start(page).isEnabled()
    assert reason in start(page).toolTip()
    assert reason in page._context.commands.action("compose.start").toolTip()


@pytest.mark.parametrize(
    ("name", "text", "good", "reason"),
    [
        ("compose_seeds", "abc", "1-5", "neither a whole number"),
        ("compose_seeds", "5-1", "1-5", "runs backwards"),
        ("compose_seeds", "5" * 40, "5", "more digits"),
        ("compose_seeds", "", "0", "at least one seed"),
        ("compose_name", "", "mine", "needs a name"),
        ("compose_name", "  ", "mine", "needs a name"),
    ],
)
def test_that_a_line_that_cannot_be_is_marked_with_the_reason(
    qtbot, page, name, text, good, reason
):
    line = page.findChild(QLineEdit, name)
    usual = line.toolTip()
    assert usual
    type_into(qtbot, page, name, text)
    qtbot.waitUntil(lambda: line.property("invalid") is True)
    assert reason in line.toolTip()
    assert reason in line.accessibleDescription()
    type_into(qtbot, page, name, good)
    qtbot.waitUntil(lambda: line.property("invalid") is False)
    assert line.toolTip() == usual


def test_that_an_empty_name_hides_no_other_reason(qtbot, page):
    type_into(qtbot, page, "compose_name", "")
    wait_for_reason(qtbot, page, "needs a name")
    assert page.findChild(QLabel, "preflight_runs").text() == "2 methods × 3 seeds = 6"
    type_into(qtbot, page, "compose_seeds", "5-1")
    wait_for_reason(qtbot, page, "runs backwards")
    click_card(qtbot, page, "backbone", "ResNet-8")
    wait_for_reason(qtbot, page, "pick at least one backbone")
    assert "needs a name" in said(page)
    assert page.findChild(QLineEdit, "compose_seeds").property("invalid") is True
    assert page.findChild(QLineEdit, "compose_name").property("invalid") is True


def test_that_a_dataset_without_its_folder_cannot_start(qtbot, page):
    click_card(qtbot, page, "dataset", "Image folder")
    wait_for_reason(qtbot, page, "needs 'root'")
    photos = page.editor.options.sections("dataset")[1]
    type_into(qtbot, photos, "editor_root", "/photos")
    qtbot.waitUntil(lambda: said(page) == "")
    assert start(page).text() == "Queue 12 runs"


def test_that_nothing_picked_cannot_start(qtbot, page):
    click_card(qtbot, page, "backbone", "ResNet-8")
    wait_for_reason(qtbot, page, "pick at least one backbone")


def test_that_a_method_can_be_run_with_several_options(qtbot, page):
    section = page.editor.options.sections("method")[1]
    qtbot.mouseClick(section.findChild(QToolButton, "duplicate"), Qt.MouseButton.LeftButton)
    wait_for_reason(qtbot, page, "'sila' is picked twice")
    second = page.editor.options.sections("method")[2]
    type_into(qtbot, second, "editor_alpha", "1")
    wait_for_text(qtbot, page, "Queue 9 runs")
    qtbot.waitUntil(lambda: said(page) == "")
    grid = page.editor.draft().to_table()["grid"]
    assert grid["method"][2] == {"name": "sila", "options": {"alpha": 1.0}}
    qtbot.mouseClick(second.findChild(QToolButton, "remove"), Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, page, "Queue 6 runs")


def test_that_start_queues_the_runs_and_shows_them(qtbot, page, client, context):
    type_into(qtbot, page, "compose_seeds", "4, 5")
    wait_for_text(qtbot, page, "Queue 4 runs")
    with qtbot.waitSignal(context.selection.page_requested) as asked:
        qtbot.mouseClick(start(page), Qt.MouseButton.LeftButton)
    assert asked.args == ["runs"]
    runs = client.runs()
    assert sorted((run.method, run.seed) for run in runs) == [
        ("plain", 4), ("plain", 5), ("sila", 4), ("sila", 5)
    ]
    assert {run.state for run in runs} == {RunState.QUEUED}
    assert sorted(context.selection.chosen) == sorted(run.id for run in runs)


def test_that_the_last_choices_are_remembered(qtbot, page, context):
    type_into(qtbot, page, "compose_seeds", "7")
    type_into(qtbot, page, "editor_epochs", "3")
    wait_for_text(qtbot, page, "Queue 2 runs")
    qtbot.waitUntil(lambda: "epochs = 3\n" in context.settings.get(REMEMBERED))
    again = ComposePage(renewed(context))
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: start(again).text() == "Queue 2 runs")
    assert again.editor.draft() == page.editor.draft()


def renewed(context):
    from dataclasses import replace

    from studio.state.commands import Commands

    return replace(context, commands=Commands())


def test_that_remembered_nonsense_is_forgotten(qtbot, published, context):
    context.settings.put(REMEMBERED, "[trainin]\nepochs = 3")
    page = opened(qtbot, context)
    assert start(page).text() == "Queue 6 runs"


def edit_as_toml(qtbot, page):
    button = page.findChild(QPushButton, "compose_toml")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return page.findChild(TomlDialog)


def test_that_the_form_goes_through_toml_and_back(qtbot, page):
    before = page.editor.draft()
    dialog = edit_as_toml(qtbot, page)
    assert tomllib.loads(dialog.text.toPlainText())["grid"]["method"] == [
        {"name": "plain"}, {"name": "sila"}
    ]
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert page.editor.draft() == before


def test_that_edited_toml_is_put_into_the_form(qtbot, page):
    dialog = edit_as_toml(qtbot, page)
    dialog.text.setPlainText(
        'name = "mine"\nseeds = [1]\n[method]\nname = "sila"\n[method.options]\nalpha = 0.3\n'
        '[grid]\n"training.lr" = [0.1, 0.2]\n'
    )
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, page, "Queue 2 runs")
    draft = page.editor.draft()
    assert draft.picks["method"] == ({"name": "sila", "options": {"alpha": 0.3}},)
    assert draft.varied == {"training.lr": [0.1, 0.2]}
    assert "2 training.lr" in page.findChild(QLabel, "preflight_runs").text()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name =", "not valid TOML"), ("[trainin]", "did you mean 'training'"),
        ('[method]\nname = "sula"', "did you mean 'sila'"),
        ("[regularizers.mixap]", "unknown regularizer 'mixap'; did you mean 'mixup'?"),
    ],
)
def test_that_toml_that_is_not_understood_cannot_be_used(qtbot, page, text, reason):
    dialog = edit_as_toml(qtbot, page)
    dialog.text.setPlainText(text)
    qtbot.waitUntil(lambda: reason in dialog.reason.text())
    assert not dialog.apply.isEnabled()
    dialog.reject()


def test_that_a_preset_fills_the_form(qtbot, page, context):
    save_preset(context.client.workspace, "small", {
        "name": "small", "seeds": [3], "method": {"name": "dml"}, "training": {"epochs": 2},
    })
    preset = list_presets(context.client.workspace)[-1]
    page._bar.preset_chosen.emit(preset)
    wait_for_text(qtbot, page, "Queue 1 run")
    assert page.editor.cards("method").picked() == ["dml"]


def test_that_a_preset_of_an_unknown_name_leaves_the_form_alone(qtbot, page, context):
    save_preset(context.client.workspace, "odd", {"method": {"name": "sula"}})
    before = page.editor.draft()
    with qtbot.waitSignal(context.messages.said) as told:
        page._bar.preset_chosen.emit(list_presets(context.client.workspace)[-1])
    assert "did you mean 'sila'" in told.args[0].text
    assert page.editor.draft() == before


def test_that_a_run_can_be_started_from(qtbot, page, client, context):
    spec = page.editor.draft().specs()[3]
    run = client.enqueue([spec.model_copy(update={"seed": 9})])[0]
    context.selection.start_from(run)
    wait_for_text(qtbot, page, "Queue 1 run")
    assert page.editor.draft().seeds == (9,)
    assert page.editor.draft().names("method") == ["sila"]


def test_that_a_catalogue_told_of_twice_leaves_the_forms_alone(page, client):
    section = page.editor.options.sections("method")[1]
    page._on_catalog(client.catalog())
    assert page.editor.options.sections("method")[1] is section


def test_that_without_a_catalogue_the_engine_is_started_and_waited_for(
    qtbot, client, context, monkeypatch
):
    started = []
    monkeypatch.setattr(client, "start_engine", lambda: started.append(True))
    page = ComposePage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: started == [True])
    assert not start(page).isVisible()
    cards.publish(client.store, CARDS, "stamp")
    qtbot.waitUntil(lambda: start(page).isVisible())
    assert start(page).text() == "Queue 6 runs"


def row_of(page, part, title):
    model = page.editor.cards(part).view.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return next(index for index in rows if index.data() == title)


def is_dimmed(page, part, title):
    return not row_of(page, part, title).flags() & Qt.ItemFlag.ItemIsUserCheckable


def reason_shown(page, part):
    line = page.findChild(QLabel, f"compose_{part}_reason")
    return line.text() if line.isVisible() else ""


def test_that_regularizers_go_into_every_run(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    click_card(qtbot, page, "regularizer", "Label smoothing")
    type_into(qtbot, page.editor.options.sections("regularizer")[0], "editor_alpha", "0.2")
    qtbot.waitUntil(lambda: "alpha = 0.2" in page._context.settings.get(REMEMBERED))
    draft = page.editor.draft()
    assert start(page).text() == "Queue 6 runs"
    assert {spec.arm() for spec in draft.specs()} == {"plain+mixup+smooth", "sila+mixup+smooth"}
    assert draft.to_table()["regularizers"] == {"mixup": {"alpha": 0.2}, "smooth": {}}


def test_that_every_run_can_be_made_without_the_regularizers_too(qtbot, page):
    box = page.findChild(QCheckBox, "compose_bare_too")
    assert not box.isVisible()
    click_card(qtbot, page, "regularizer", "Mixup")
    qtbot.waitUntil(box.isVisible)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    wait_for_text(qtbot, page, "Queue 12 runs")
    said = page.findChild(QLabel, "preflight_runs").text()
    assert said == "2 methods × with and without regularizers × 3 seeds = 12"
    arms = [spec.arm() for spec in page.editor.draft().specs()]
    assert sorted(set(arms)) == ["plain", "plain+mixup", "sila", "sila+mixup"]


def test_that_regularizers_go_through_toml_and_back(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    dialog = edit_as_toml(qtbot, page)
    assert "[regularizers.mixup]" in dialog.text.toPlainText()
    table = tomllib.loads(dialog.text.toPlainText())
    table["regularizers"] = {"mixup": {"alpha": 0.4}}
    dialog.text.setPlainText(dump_spec(table))
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert page.editor.draft().picks["regularizer"] == (
        {"name": "mixup", "options": {"alpha": 0.4}},
    )
    form = page.editor.options.sections("regularizer")[0].form
    assert form.reset_button("alpha").isVisibleTo(form)


def test_that_the_passport_describes_a_regularizer(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    assert page.findChild(QLabel, "passport_title").text() == "Mixup"
    assert page.findChild(QLabel, "passport_equation").text() == "x̃ = λ x + (1 − λ) x′"
    assert page.findChild(QLabel, "passport_paper").text() == "Zhang et al. 2018"
    click_card(qtbot, page, "method", "SiLa")
    assert page.findChild(QLabel, "passport_title").text() == "SiLa"


def test_that_what_cannot_be_combined_with_the_picks_is_dimmed_and_says_why(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    qtbot.waitUntil(lambda: is_dimmed(page, "regularizer", "CutMix"))
    said = "CutMix cannot be combined with Mixup: images are mixed in one way at a time"
    assert row_of(page, "regularizer", "CutMix").data(Qt.ItemDataRole.ToolTipRole) == said
    click_card(qtbot, page, "regularizer", "CutMix")
    assert page.editor.cards("regularizer").picked() == ["mixup"]
    assert reason_shown(page, "regularizer") == said
    click_card(qtbot, page, "regularizer", "Mixup")
    qtbot.waitUntil(lambda: not is_dimmed(page, "regularizer", "CutMix"))
    assert reason_shown(page, "regularizer") == ""


def test_that_a_dimmed_card_is_not_picked_with_the_keyboard_either(qtbot, page):
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    qtbot.waitUntil(lambda: is_dimmed(page, "backbone", "MSDNet"))
    view = page.editor.cards("backbone").view
    view.setFocus()
    view.setCurrentIndex(row_of(page, "backbone", "MSDNet"))
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert page.editor.cards("backbone").picked() == ["resnet8"]
    said = "Deep Mutual Learning cannot be combined with MSDNet: its peers have one answer"
    assert reason_shown(page, "backbone") == said


def test_that_picks_that_clash_stop_the_start_and_can_be_dropped(qtbot, page):
    page._use({
        "backbone": {"name": "msdnet"}, "grid": {"method": [{"name": "plain"}, {"name": "dml"}]},
    })
    reason = "Deep Mutual Learning cannot be combined with MSDNet: its peers have one answer"
    assert said(page) == reason
    assert not start(page).isEnabled()
    assert start(page).toolTip() == reason
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    qtbot.waitUntil(lambda: said(page) == "")
    assert page.editor.draft().names("method") == ["plain"]


def test_that_networks_named_in_options_are_completed_and_checked(qtbot, page):
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    qtbot.waitUntil(lambda: page.findChild(QLineEdit, "editor_peer_backbones") is not None)
    type_into(qtbot, page, "editor_peer_backbones", "resnet2o")
    wait_for_reason(qtbot, page, "unknown backbone 'resnet2o'; did you mean 'resnet20'?")
    type_into(qtbot, page, "editor_peer_backbones", "resnet20")
    qtbot.waitUntil(lambda: said(page) == "")
    assert page.editor.draft().picks["method"][2]["options"] == {"peer_backbones": ["resnet20"]}


class KdOptions(Options):
    teacher: str = option("", "Who teaches.")
    alpha: float = option(0.9, "Weight.", title="Teaching weight α", ge=0.0, le=1.0)


KD = card("method", "kd", "Distillation", options=KdOptions.model_json_schema(), parts=("teacher",))


def test_that_completed_runs_are_offered_as_teachers_newest_first(
    qtbot, client, filling, resting, context
):
    cards.publish(client.store, [*CARDS, KD], "stamp")
    first, second, _ = filling.queue(seeds=(0, 1, 2))
    filling.complete(first)
    filling.complete(second)
    qtbot.waitUntil(lambda: len(context.feed.runs) == 3)
    page = opened(qtbot, context)
    click_card(qtbot, page, "method", "Distillation")
    wait_for_reason(qtbot, page, "Distillation: Teacher: name a teacher, such as run:12")
    line = page.findChild(QLineEdit, "editor_teacher")
    assert line.property("invalid") is True
    assert line.placeholderText() == "run:12 or a bundle's folder"
    assert line.width() > line.fontMetrics().horizontalAdvance(line.placeholderText()) + 16
    qtbot.mouseClick(page.findChild(QToolButton, "choose_teacher"), Qt.MouseButton.LeftButton)
    popup = line.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    offered = [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())]
    rows = {run.id: run for run in context.feed.runs}
    assert offered == [
        f"run:{run}  ·  {rows[run].name}  ·  {rows[run].value('test/top1', 'best'):.2f} test/top1"
        for run in (second, first)
    ]
    assert popup.viewport().rect().contains(popup.visualRect(popup.model().index(1, 0)))
    popup.setCurrentIndex(popup.model().index(1, 0))
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert page.editor.options.tables("method")[-1]["options"] == {"teacher": f"run:{first}"}
    qtbot.waitUntil(lambda: line.property("invalid") is False)


@pytest.fixture
def teaching(qtbot, client, filling, resting, context):
    """The page with Distillation picked; run 1 is completed, on the dataset that is picked."""
    cards.publish(client.store, [*CARDS, KD], "stamp")
    (run,) = filling.queue()
    filling.complete(run)
    qtbot.waitUntil(lambda: bool(context.feed.runs))
    page = opened(qtbot, context)
    click_card(qtbot, page, "method", "Distillation")
    qtbot.waitUntil(lambda: page.findChild(QLineEdit, "editor_teacher") is not None)
    return page


@pytest.mark.parametrize("teacher", ["foo", "run:99", "/"])
def test_that_a_teacher_that_is_refused_is_marked_at_its_field(qtbot, teaching, teacher):
    form = teaching.editor.options.sections("method")[-1].form
    type_into(qtbot, teaching, "editor_teacher", teacher)
    wait_for_reason(qtbot, teaching, f"teacher '{teacher}'")
    bar = teaching.findChild(QLabel, "compose_reason")
    assert form.reason("teacher") == bar.toolTip()
    assert form.editor("teacher").control.property("invalid") is True
    teaching.editor.options.verticalScrollBar().setValue(0)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    editor = form.editor("teacher")
    assert teaching.window().focusWidget() is editor.control
    assert not editor.visibleRegion().isEmpty()
    type_into(qtbot, teaching, "editor_teacher", "run:1")
    qtbot.waitUntil(lambda: said(teaching) == "")
    assert form.reason("teacher") == ""


def test_that_of_two_picks_only_the_refused_one_is_marked(qtbot, teaching):
    type_into(qtbot, teaching, "editor_teacher", "run:1")
    section = teaching.editor.options.sections("method")[-1]
    qtbot.mouseClick(section.findChild(QToolButton, "duplicate"), Qt.MouseButton.LeftButton)
    first, second = (s.form for s in teaching.editor.options.sections("method")[-2:])
    type_into(qtbot, second, "editor_teacher", "run:98")
    wait_for_reason(qtbot, teaching, "no run of that number")
    assert (first.reason("teacher"), second.reason("teacher")) == ("", said(teaching))


def test_that_peers_that_disagree_are_marked_where_they_are_named(qtbot, page):
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    exits = CARDS[2].model_copy(update={"facts": {"num_exits": 4}, "traits": ()})
    page._on_catalog(Catalog([*CARDS[:2], exits, *CARDS[3:]]))
    type_into(qtbot, page, "editor_peer_backbones", "msdnet")
    wait_for_reason(qtbot, page, "Deep Mutual Learning: the peers (resnet8, msdnet) have 1, 4")
    form = page.editor.options.sections("method")[-1].form
    assert form.reason("peer_backbones").startswith("the peers (resnet8, msdnet) have 1, 4 exits")


def test_that_a_folder_that_is_needed_is_marked_where_it_is_named(qtbot, page):
    click_card(qtbot, page, "dataset", "Image folder")
    wait_for_reason(qtbot, page, "needs 'root'")
    digits, photos = page.editor.options.sections("dataset")
    assert "needs 'root'" in photos.spec_form.reason("root")
    assert digits.spec_form.reason("root") == ""


def test_that_runs_on_other_datasets_are_not_offered_as_teachers(qtbot, teaching):
    line = teaching.findChild(QLineEdit, "editor_teacher")
    assert line.completer().model().rowCount() == 1
    click_card(qtbot, teaching, "dataset", "CIFAR-100")
    click_card(qtbot, teaching, "dataset", "Digits")
    assert line.completer().model().rowCount() == 0


def test_that_the_store_is_asked_only_where_a_run_is_to_teach(client, monkeypatch):
    asked = []
    read = client.store.read
    monkeypatch.setattr(client.store, "read", lambda: asked.append(True) or read())
    client.check_teachers([RunSpec(), kd_spec("tv_resnet18")])
    assert asked == []
    with pytest.raises(StoreError, match="no run of that number"):
        client.check_teachers([RunSpec(), kd_spec("run:3")])
    assert asked == [True]


def kd_spec(teacher):
    return RunSpec(method=MethodSpec(name="kd", options={"teacher": teacher}))


def test_that_methods_are_said_to_ship_the_same_only_where_there_are_several(qtbot, page):
    label = page.findChild(QLabel, "preflight_parameters")
    assert "the same under every method" in label.text()
    click_card(qtbot, page, "method", "SiLa")
    qtbot.waitUntil(lambda: "every method" not in label.text())
    assert "ResNet-8" in label.text()


def test_that_three_regularizers_stay_in_sight_beneath_a_reason(qtbot, page):
    page._use({"backbone": {"name": "msdnet"}, "method": {"name": "plain"}})
    view = page.editor.cards("method").view
    view.setCurrentIndex(row_of(page, "method", "Deep Mutual Learning"))
    below = page.editor.cards("regularizer").view
    qtbot.waitUntil(lambda: bool(reason_shown(page, "method")))
    assert below.height() >= 3 * below.sizeHintForRow(0)


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


def titles(page, part):
    model = page.editor.cards(part).view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


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
