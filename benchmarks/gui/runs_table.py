"""The runs page over thousands of runs: opening, filtering, sorting, grouping, refreshing, frames.

Offscreen, over a real workspace of 5,000 runs with their summaries, which the store's own functions
wrote. Milliseconds are processor time of the GUI thread; the floor is a bare QTableView over a
QStandardItemModel of the same texts, with a QSortFilterProxyModel.

    python benchmarks/gui/runs_table.py
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import offscreen  # noqa: F401 - before Qt
import table
from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QTableView, QWidget
from table import Line
from watchdog import Watchdog, wait

from engine.spec.rows import Summary
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace
from engine.store import run_queue, schema
from engine.store.points import append
from studio.bridge.client import Client
from studio.bridge.feed import Feed
from studio.bridge.jobs import Jobs
from studio.item_models.run_columns import COLUMN_INDEX
from studio.pages.runs.page import RunsPage
from studio.run_commands import RunCommands
from studio.state.commands import Command, Commands
from studio.state.context import Context
from studio.state.messages import Messages
from studio.state.selection import Selection
from studio.state.settings import Settings
from studio.theme.theme import apply_theme

OTHERS = ("go.compose", "demo.start")
"""Commands of the window that the page has buttons for."""
NUM_RUNS, NUM_QUEUED = 5000, 100
METHODS = ("plain", "sila", "dml", "kd", "byot")
BACKBONES = ("resnet8", "resnet20", "resnet56", "wrn16_2", "mobilenet_v2")
SIZE = (1280, 800)
BLOCK_MS, FRAME_MS = 50.0, 16.7
SETTLE_S, ANSWER_S = 1.0, 30.0


def fill(client: Client) -> None:
    """Store runs: most are through, some wait, one trains."""
    variants = [(m, b) for m in METHODS for b in BACKBONES]
    specs = [
        RunSpec(seed=seed, method=MethodSpec(name=method), backbone=BackboneSpec(name=backbone))
        for seed in range(NUM_RUNS // len(variants)) for method, backbone in variants
    ]
    ids = run_queue.enqueue(client.store, specs)
    done = ids[: NUM_RUNS - NUM_QUEUED]
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id.in_(done)).values(
            state=RunState.COMPLETED, step=1000, num_steps=1000, steps_per_epoch=50, seconds=12.0,
            device="cpu", params_deployed=77_850, started_at=time.time(), finished_at=time.time(),
        ))
        for run in done:
            value = 60.0 + run * 7919 % 3000 / 100
            best = Summary(value, 1000, value + 1, 900)
            append(connection, run, {}, {"val/top1": best, "test/top1": best})
        connection.execute(schema.run.update().where(schema.run.c.id == done[-1]).values(
            state=RunState.RUNNING, step=10,
        ))


class Bench:
    """A page over the workspace, shown, and the feed that tells it of changes."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        self.app = app
        self.jobs = Jobs()
        self.client = Client(Workspace(folder / "workspace"))
        fill(self.client)
        self.running = next(r.id for r in self.client.runs() if r.state is RunState.RUNNING)
        self.feed = Feed(self.client, self.jobs)
        self.context = Context(
            self.client, self.jobs, self.feed, Selection(), Settings(folder / "studio.ini"),
            Commands(), Messages(),
        )
        self.window = QWidget()
        RunCommands(self.context, self.window)
        for other in OTHERS:
            self.context.commands.add(Command(other, other, "", lambda: None))
        self.feed.start()
        self.until(lambda: len(self.feed.runs) == NUM_RUNS)
        gc.freeze()  # as the window does once its pages are imported
        self.page: RunsPage
        self.view: QTableView

    def open(self) -> None:
        """Build the page and paint it."""
        self.page = RunsPage(self.context)
        self.page.resize(*SIZE)
        self.page.show()
        self.page.grab()
        view = self.page.findChild(QTableView, "runs.table")
        assert isinstance(view, QTableView)
        self.view = view
        self.context.commands.refresh()

    def until(self, reached: Callable[[], bool]) -> None:
        """Let Qt work until something is so."""
        limit = time.monotonic() + ANSWER_S
        while not reached():
            assert time.monotonic() < limit, "the page does not answer"
            wait(5)

    def do(self, command: str) -> None:
        """What a click on a command does."""
        self.context.commands.action(command).trigger()

    def train(self, step: int) -> None:
        """Let the one run that trains come further, as its worker writes it."""
        with self.client.store.write() as connection:
            connection.execute(
                schema.run.update().where(schema.run.c.id == self.running).values(step=step)
            )

    def close(self) -> None:
        """Let go of everything."""
        self.page.deleteLater()
        self.feed.stop()
        self.jobs.wait()
        self.app.processEvents()
        self.client.close()


def cpu_ms(view: QWidget, action: Callable[[], object]) -> float:
    """Processor time of the GUI thread for an action and the frame after it."""
    begun = time.thread_time()
    action()
    view.grab()
    return 1e3 * (time.thread_time() - begun)


def bare_table(texts: Sequence[Sequence[str]]) -> tuple[QTableView, QSortFilterProxyModel]:
    """The floor: the same texts in Qt's own model."""
    model = QStandardItemModel(len(texts), len(texts[0]))
    for row, cells in enumerate(texts):
        for column, text in enumerate(cells):
            model.setItem(row, column, QStandardItem(text))
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(model)
    proxy.setFilterKeyColumn(COLUMN_INDEX["name"])
    proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    view = QTableView()
    view.setModel(proxy)
    view.resize(*SIZE)
    view.show()
    return view, proxy


def scroll(view: QTableView, times: int) -> list[float]:
    """Frames while a table is scrolled by a page's third."""
    bar, seen = view.verticalScrollBar(), list[float]()
    for index in range(times + 1):
        place = (bar.value() + 8) % bar.maximum()
        seen.append(cpu_ms(view.viewport(), lambda at=place: bar.setValue(at)))
        assert index == 0 or seen[-1] > 0
    return seen[1:]


def alternate(view: QWidget, actions: Sequence[Callable[[], object]], times: int) -> list[float]:
    """What each of some actions takes, one after another, again and again."""
    return [cpu_ms(view, actions[index % len(actions)]) for index in range(times)]


def line(what: str, seen: Sequence[float], bound: float | None,
         floor: Sequence[float] | None = None) -> Line:
    """A line of milliseconds, with the ratio to the floor."""
    note = "" if floor is None else (
        f"{statistics.median(seen) / statistics.median(floor):.2g} x a bare table"
    )
    worst = max(seen) if bound == BLOCK_MS else statistics.median(seen)
    return Line(what, worst, "ms", bound, len(seen), note, (min(seen), max(seen)))


def floors(texts: Sequence[Sequence[str]], times: int) -> dict[str, list[float]]:
    """What the same takes in a bare table."""
    opened, proxy_of = [], []
    for _ in range(2):
        begun = time.thread_time()
        view, proxy = bare_table(texts)
        view.grab()
        opened.append(1e3 * (time.thread_time() - begun))
        proxy_of.append((view, proxy))
    view, proxy = proxy_of[-1]
    name = COLUMN_INDEX["name"]
    up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
    found = {
        "open": opened,
        "scroll": scroll(view, times),
        "filter": alternate(view, [lambda: proxy.setFilterFixedString("sila"),
                                   lambda: proxy.setFilterFixedString("")], times),
        "sort": alternate(view, [lambda: proxy.sort(name, up), lambda: proxy.sort(name, down)],
                          times),
        "change": alternate(view, [lambda: proxy.sourceModel().setData(
            proxy.sourceModel().index(2, name), str(time.time()))], times),
    }
    for each, _ in proxy_of:
        each.close()
    return found


def ours(bench: Bench, times: int) -> dict[str, list[float]]:
    """The same on the page, in full: facets, header, selection and all."""
    found: dict[str, list[float]] = {}
    begun = time.thread_time()
    bench.open()
    found["open"] = [1e3 * (time.thread_time() - begun)]
    page, view = bench.page, bench.view
    model = page._model  # noqa: SLF001 - the filter is told after the user has stopped typing
    found["scroll"] = scroll(view, times)
    filters = page._filters  # noqa: SLF001

    def typed(text: str) -> None:
        filters.search.setText(text)
        filters._tell()  # noqa: SLF001

    found["filter"] = alternate(page, [lambda: typed("sila"), lambda: typed("")], times)
    up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
    for name in ("name", "val_best", "state"):
        column = COLUMN_INDEX[name]
        found[f"sort {name}"] = alternate(page, [
            lambda at=column: view.sortByColumn(at, up),
            lambda at=column: view.sortByColumn(at, down)], times)
    view.sortByColumn(COLUMN_INDEX["created"], down)
    for by in ("variant", "method", "tag"):
        found[f"group {by}"] = alternate(page, [
            lambda by=by: bench.do(f"runs.group.{by}"), lambda: bench.do("runs.group.none")], times)
    view.selectAll()
    found["all selected"] = alternate(page, [
        lambda: view.sortByColumn(COLUMN_INDEX["name"], up),
        lambda: view.sortByColumn(COLUMN_INDEX["created"], down)], 4)
    view.clearSelection()
    rows = list(bench.feed.runs)
    found["same"] = alternate(page, [lambda: model.set_rows(rows)], times)
    return found


def live(bench: Bench, seconds: float) -> tuple[list[float], list[float]]:
    """Longest blocks of the loop while one run goes on training: processor, and wall clock."""
    watchdog, cpu, wall = Watchdog(), list[float](), list[float]()
    wait(round(1e3 * SETTLE_S))
    for step in range(20, 20 + round(seconds * 5)):
        bench.train(step)
        watchdog.start()
        told = bench.feed.runs
        limit = time.monotonic() + 5
        while bench.feed.runs is told and time.monotonic() < limit:
            wait(10)
        wait(20)
        watchdog.stop()
        cpu.append(max(watchdog.blocks_ms))
        wall.append(max(watchdog.wall_ms))
    return cpu, wall


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=6.0)
    wanted = parser.parse_args()
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(app, Path(name))
        seen = ours(bench, wanted.times)
        cpu, wall = live(bench, wanted.seconds)  # before the floor's items fill the memory
        model = bench.view.model()
        texts = [[str(model.index(row, column).data()) for column in range(model.columnCount())]
                 for row in range(model.rowCount())]
        floor = floors(texts, wanted.times)
        bench.close()
    runs = f"of {NUM_RUNS:,} runs"
    table.report([
        line(f"runs page {runs}: open", seen["open"], None, floor["open"]),
        line("— a frame while scrolling", seen["scroll"], FRAME_MS, floor["scroll"]),
        line("— a keystroke in the search", seen["filter"], BLOCK_MS, floor["filter"]),
        *(line(f"— sort by {key.split()[1]}", seen[key], BLOCK_MS, floor["sort"])
          for key in seen if key.startswith("sort ")),
        *(line(f"— group by {key.split()[1]}, and back", seen[key], BLOCK_MS)
          for key in seen if key.startswith("group ")),
        line("— sort with all rows selected", seen["all selected"], BLOCK_MS),
        line("— rows told anew, none changed", seen["same"], BLOCK_MS),
        line("— longest block when one run changed", cpu, BLOCK_MS, floor["change"]),
        line("— the same by the clock, beside the thread that reads", wall, None),
    ], wanted)


if __name__ == "__main__":
    main()
