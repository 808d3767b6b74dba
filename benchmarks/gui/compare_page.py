"""Opening the compare page over 100 runs whose curves have 10,000 points each.

Offscreen, over a real workspace that the store's own functions wrote: a baseline and 19 variants of
5 seeds, validated 10,000 times each. Counted from the command to the last section that is painted,
the page's building included; the floor reads the same points and draws 100 curves in a bare
pyqtgraph plot, all on one thread.

    python benchmarks/gui/compare_page.py
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import offscreen  # noqa: F401 - before Qt
import pyqtgraph as pg
import table
from long_runs import fill
from PySide6.QtWidgets import QApplication, QWidget
from table import Line
from watchdog import Watchdog, wait

from engine.spec.workspace import Workspace
from studio.bridge.client import Client
from studio.bridge.feed import Feed
from studio.bridge.jobs import Jobs
from studio.pages.compare.page import ComparePage
from studio.run_commands import RunCommands
from studio.state.commands import Commands
from studio.state.context import Context
from studio.state.messages import Messages
from studio.state.selection import Selection
from studio.state.settings import Settings
from studio.theme.theme import apply_theme

NUM_VARIANTS, NUM_SEEDS, POINTS = 20, 5, 10_000
SIZE = (1204, 744)
OPEN_MS, BLOCK_MS = 300.0, 50.0
LIMIT_S = 60.0
SETTLE_MS = 100


@dataclass(frozen=True)
class Opening:
    """Milliseconds that opening the page took, the page's own building included.

    Attributes:
        gui_ms: processor time of the GUI thread.
        process_ms: processor time of all threads.
        wall_ms: by the clock, until the last section stands.
        block_ms: the longest block of the event loop.
        wall_block_ms: the same by the clock.
    """

    gui_ms: float
    process_ms: float
    wall_ms: float
    block_ms: float
    wall_block_ms: float


class Bench:
    """A workspace with what a page is given."""

    def __init__(
        self, app: QApplication, folder: Path, variants: int = NUM_VARIANTS, points: int = POINTS,
        *, done: bool = True,
    ) -> None:
        self.app = app
        self.jobs = Jobs()
        self.client = Client(Workspace(folder / "workspace"))
        self.runs = fill(self.client.store, variants, NUM_SEEDS, points, done=done)
        self.feed = Feed(self.client, self.jobs)
        self.settings = Settings(folder / "studio.ini")
        self.feed.start()
        self.until(lambda: len(self.feed.runs) == len(self.runs))
        gc.freeze()  # as the window does once its pages are imported

    def until(self, reached: Callable[[], bool]) -> None:
        """Let Qt work until something is so, and all of it is painted."""
        limit = time.monotonic() + LIMIT_S
        while not reached():
            assert time.monotonic() < limit, "the page does not answer"
            wait(5)
        wait(SETTLE_MS)

    def page(self) -> tuple[ComparePage, QWidget]:
        """Make a page, shown but not filled yet, and what owns its commands."""
        selection = Selection()
        context = Context(
            self.client, self.jobs, self.feed, selection, self.settings, Commands(), Messages()
        )
        window = QWidget()
        RunCommands(context, window)
        selection.choose(self.runs)
        page = ComparePage(context)
        page.resize(*SIZE)
        page.show()
        return page, window

    def let_go(self, page: ComparePage, window: QWidget) -> None:
        """Close a page."""
        page.close()
        page.deleteLater()
        window.deleteLater()
        wait(50)

    def open(self) -> Opening:
        """Compare all runs on a page that is not built yet, as the command does."""
        watchdog = Watchdog()
        watchdog.start()
        own, process, wall = time.thread_time(), time.process_time(), time.perf_counter()
        page, window = self.page()
        self.until(lambda: page.study is not None)
        wall_ms = 1e3 * (time.perf_counter() - wall) - SETTLE_MS
        gui_ms = 1e3 * (time.thread_time() - own)
        process_ms = 1e3 * (time.process_time() - process)
        block = watchdog.stop()
        assert page.study is not None
        assert len(page.study.comparison.groups) == NUM_VARIANTS
        self.let_go(page, window)
        return Opening(gui_ms, process_ms, wall_ms, block, max(watchdog.wall_ms))

    def floor(self) -> float:
        """Milliseconds of reading the points and drawing them in a bare plot."""
        begun = time.thread_time()
        series = self.client.series(self.runs, "val/top1")
        plot = pg.PlotWidget()
        plot.resize(*SIZE)
        for points in series.values():
            plot.plot(points.steps, points.values)
        plot.show()
        plot.grab()
        took = 1e3 * (time.thread_time() - begun)
        plot.close()
        return took

    def close(self) -> None:
        """Let go of everything."""
        self.feed.stop()
        self.jobs.wait()
        self.app.processEvents()
        self.client.close()


def measure(bench: Bench, times: int) -> list[Line]:
    """Open so often; the first time fills caches."""
    seen = [bench.open() for _ in range(times + 1)][1:]
    floors = [bench.floor() for _ in range(times)]
    runs = f"{len(bench.runs)} runs x {POINTS:,} points"

    def line(what: str, values: list[float], bound: float | None, said: str = "") -> Line:
        return Line(what, statistics.median(values), "ms", bound, times, said,
                    (min(values), max(values)))

    process = [each.process_ms for each in seen]
    ratio = statistics.median(process) / statistics.median(floors)
    blocks = [each.block_ms for each in seen]
    return [
        line(f"opening Compare, {runs}, on the GUI thread", [each.gui_ms for each in seen],
             OPEN_MS),
        line("— with the threads beside it, which read and compare", process, None,
             f"{ratio:.2g} x reading and drawing them bare"),
        line("— by the clock, to the last section", [each.wall_ms for each in seen], None),
        Line("longest block of the event loop, building too", max(blocks), "ms", BLOCK_MS, times,
             f"by the clock {max(each.wall_block_ms for each in seen):.0f} ms",
             (min(blocks), max(blocks))),
        line(f"floor: {runs} read and drawn bare", floors, None),
    ]


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--times", type=int, default=5)
    wanted = parser.parse_args()
    app = QApplication([])
    apply_theme(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(app, Path(folder))
        lines = measure(bench, wanted.times)
        bench.close()
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
