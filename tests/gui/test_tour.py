import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from engine.spec.run_state import RunState
from engine.store import cards, run_queue
from studio.pages.runs.page import RunsPage
from studio.tour import START, Tour
from studio.widgets.message_bar import MessageBar
from tests.gui.composing import CARDS
from tests.gui.framing import add, add_frame

pytestmark = pytest.mark.gui


@pytest.fixture
def owner(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def context(bare):
    """What the tour is about to add is not there yet."""
    add_frame(bare, leave_out=(START,))
    return bare


@pytest.fixture
def said(context):
    heard = []
    context.messages.said.connect(heard.append)
    return heard


@pytest.fixture
def pages(context):
    shown = []
    context.selection.page_requested.connect(shown.append)
    return shown


@pytest.fixture
def started(client, monkeypatch):
    """How often an engine was asked for; none is started."""
    asked = []
    monkeypatch.setattr(client, "start_engine", lambda: asked.append(True))
    return asked


@pytest.fixture
def tour(owner, context, started):
    """With the window's part: to go to a page, and a bar that holds one message."""
    tour, bar = Tour(context, owner), MessageBar(owner)
    context.selection.page_requested.connect(tour.arrive)
    context.messages.said.connect(
        lambda said: bar.show_message(said.text, said.tone, said.details, said.action, said.run)
    )
    context.messages.withdrawn.connect(bar.withdraw)
    context.messages.taken_back.connect(bar.take_back)
    bar.gone.connect(context.messages.gone)
    tour.bar = bar
    return tour


@pytest.fixture
def trained(qtbot, tour, published, context, filling, said):
    """All runs of the tour are completed, and compared."""
    for run in sorted(begin(qtbot, context), key=lambda run: run.id):
        filling.complete(run.id, epochs=2)
    qtbot.waitUntil(lambda: bool(said) and said[-1].action == "Compare")
    said[-1].run()
    assert tour.bar.text.startswith("Next, ship")
    return tour


@pytest.fixture
def published(qtbot, client, context):
    cards.publish(client.store, CARDS, "stamp")
    qtbot.waitUntil(lambda: context.feed.catalog is not None)


def begin(qtbot, context):
    context.commands.action(START).trigger()
    qtbot.waitUntil(lambda: len(context.feed.runs) == 6)
    return context.feed.runs


def test_that_an_empty_workspace_offers_the_demo_with_one_button(
    qtbot, tour, published, context, said
):
    page = RunsPage(context)
    qtbot.addWidget(page)
    page.show()
    page.findChild(QPushButton, "runs.demo").click()
    qtbot.waitUntil(lambda: len(context.feed.runs) == 6)
    assert {(run.method, run.seed) for run in context.feed.runs} == {
        (method, seed) for method in ("plain", "sila") for seed in (0, 1, 2)
    }
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].text.startswith("6 short trainings, about a minute")
    assert set(context.selection.chosen) == {run.id for run in context.feed.runs}


def test_that_it_waits_for_the_engine_to_tell_what_can_be_trained(
    qtbot, tour, client, context, said, started
):
    context.commands.action(START).trigger()
    assert said[0].text.startswith("Starting the engine")
    qtbot.waitUntil(lambda: bool(started))
    cards.publish(client.store, CARDS, "stamp")
    qtbot.waitUntil(lambda: len(context.feed.runs) == 6)


def test_that_each_step_leads_to_the_next(
    qtbot, tour, published, context, filling, said, pages
):
    runs = begin(qtbot, context)
    qtbot.waitUntil(lambda: bool(said))
    said[0].run()
    assert pages == ["run"]
    for run in sorted(runs, key=lambda run: run.id):
        filling.complete(run.id, epochs=2)
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[1].action == "Compare"
    said[1].run()
    assert said[2].action == "Export"
    said[2].run()
    assert pages[1:] == ["compare", "export"]
    best = max((r for r in context.feed.runs if r.method == "sila"),
               key=lambda run: run.value("val/top1", "best"))
    assert context.selection.current == best.id
    assert "Press Export" in said[3].text
    context.selection.show_page("compare")
    assert len(said) == 4  # it has come to its end
    assert tour.bar.text == ""
    context.selection.exported.emit(best.id)
    assert tour.bar.text == "", "whoever has left goes on alone"


@pytest.fixture
def exported(trained, context, said):
    """The best run is exported, as the tour said."""
    said[-1].run()
    assert trained.bar.text.startswith("Press Export")
    other = next(run.id for run in context.feed.runs if run.id != context.selection.current)
    context.selection.exported.emit(other)
    assert trained.bar.text.startswith("Press Export")
    context.selection.exported.emit(context.selection.current)
    assert trained.bar.text.startswith("Read the certificate. Below it the exported file")
    return trained


def test_that_after_the_export_a_test_image_is_tried(exported, context, said):
    tried = []
    add(context, "export.try_test", lambda: tried.append(True))
    assert said[-1].action == "Try a test image"
    exported.bar.buttons["act"].click()
    assert tried == [True]
    assert exported.bar.text == ""


@pytest.mark.parametrize("on_alone", ["tries", "leaves"])
def test_that_the_last_step_is_told_of_until_the_user_goes_on_alone(exported, context, on_alone):
    if on_alone == "tries":
        context.selection.bundle_tried.emit()
    else:
        context.selection.show_page("data")
    assert exported.bar.text == ""


def test_that_the_tour_waits_for_a_run_that_was_interrupted_and_can_be_resumed(
    qtbot, tour, published, context, client, filling, said
):
    runs = sorted(begin(qtbot, context), key=lambda run: run.id)
    for run in runs[:-1]:
        filling.complete(run.id, epochs=2)
    claim = filling.train(runs[-1].id, 1)
    run_queue.finish(client.store, claim, RunState.INTERRUPTED, "its worker ended")
    action = context.commands.action(START)
    qtbot.waitUntil(action.isEnabled)  # nothing of it is under way
    assert said[-1].action != "Compare"
    run_queue.resume(client.store, runs[-1].id)
    qtbot.waitUntil(lambda: not action.isEnabled())
    filling.complete(runs[-1].id, epochs=2)
    qtbot.waitUntil(lambda: said[-1].action == "Compare")


def test_that_it_is_not_started_twice(qtbot, tour, published, context):
    begin(qtbot, context)
    action = context.commands.action(START)
    context.commands.refresh()
    assert not action.isEnabled()
    action.trigger()
    assert len(context.feed.runs) == 6


def test_that_a_demo_that_did_not_train_leads_nowhere(
    qtbot, tour, published, context, client, filling, said
):
    runs = begin(qtbot, context)
    qtbot.waitUntil(lambda: bool(said))
    for run in sorted(runs, key=lambda run: run.id):
        run_queue.finish(client.store, filling.train(run.id, 1), RunState.FAILED, "no room")
    action = context.commands.action(START)
    qtbot.waitUntil(action.isEnabled)
    assert len(said) == 1


def test_that_runs_that_were_deleted_are_waited_for_no_more(
    qtbot, tour, published, context, client, filling, said
):
    runs = sorted(begin(qtbot, context), key=lambda run: run.id)
    client.delete([runs[-1].id])
    for run in runs[:-1]:
        filling.complete(run.id, epochs=2)
    qtbot.waitUntil(lambda: said[-1].action == "Compare")
    assert context.commands.action(START).isEnabled()


def test_that_the_demo_can_be_started_again_when_all_of_it_was_deleted(
    qtbot, tour, published, context, client
):
    client.delete([run.id for run in begin(qtbot, context)])
    qtbot.waitUntil(context.commands.action(START).isEnabled)
    assert len(begin(qtbot, context)) == 6


def test_that_the_next_step_is_offered_again_after_something_else_was_said(
    qtbot, trained, context
):
    context.messages.say("Saved")
    assert trained.bar.text == "Saved"
    assert trained._again.isActive()
    assert trained._again.interval() > trained.bar._timer.interval(), "good news has left by then"
    trained._again.start(1)
    qtbot.waitUntil(lambda: trained.bar.text.startswith("Next, ship"))
    context.messages.say("Saved again")
    context.selection.show_page("runs")
    context.selection.show_page("compare")
    assert trained.bar.text.startswith("Next, ship")


def test_that_the_next_step_is_of_the_runs_of_the_tour_alone(qtbot, trained, context):
    ours = context.selection.chosen
    context.selection.choose(ours[:2])
    assert trained.bar.text == ""
    context.selection.choose(ours)
    assert trained.bar.text.startswith("Next, ship")
    context.selection.show_page("data")
    assert trained.bar.text == ""


def test_that_whoever_goes_to_export_unasked_is_led_no_more(trained, context):
    context.selection.show_page("export")
    context.selection.show_page("compare")
    assert trained.bar.text == ""
