"""The curves of Compare: frames while the view moves, exact, and as 20 runs train.

Offscreen, in the page itself over a real workspace. Milliseconds are processor time of the GUI
thread, unless they are by the clock. What live runs cost is processor time of the whole process,
with the threads that look into the store, read and draw, less what it takes while nothing trains;
the runs are written by a process of its own.

    python benchmarks/gui/compare_curves.py
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import offscreen  # noqa: F401 - before Qt
import table
from compare_page import NUM_VARIANTS, Bench
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea
from table import Line
from watchdog import Watchdog, wait

from studio.pages.compare.page import ComparePage
from studio.theme.theme import apply_theme

POINTS, LIVE_POINTS = 100_000, 10_000
FRAME_MS, EXACT_MS, BLOCK_MS, LIVE_SHARE = 16.0, 150.0, 50.0, 5.0
MODES = {"mean": "mean and band", "runs": "every run"}
ROOT = Path(__file__).parents[2]
WRITER = sys.executable, "-m", "benchmarks.gui.long_runs"


class Curves:
    """The plot of a page that is filled, and what is done with it."""

    def __init__(self, bench: Bench, page: ComparePage) -> None:
        self.app = bench.app
        self.page = page
        self.plot = page._curves.plot  # noqa: SLF001
        self.view = self.plot.item.vb
        (_, self.right), _ = self.view.viewRange()
        scroll = page.findChild(QScrollArea, "compare_scroll")

        def in_sight() -> bool:
            top = self.plot.mapTo(scroll.widget(), QPoint()).y()
            scroll.verticalScrollBar().setValue(top)  # again, for the page may grow yet
            seen = self.plot.viewport().visibleRegion().boundingRect()
            return seen.height() > 0.9 * self.plot.height()

        bench.until(in_sight)

    def show(self, mode: str) -> None:
        """Show means or runs."""
        box = self.page.findChild(QComboBox, "compare_lines")
        assert box is not None
        box.setCurrentIndex(box.findData(mode))
        box.activated.emit(box.currentIndex())
        wait(500)
        self.settle()

    def settle(self) -> None:
        """Let the exact picture come, and be painted."""
        for _ in range(3):
            self.app.processEvents()
        while not self.plot.layer.is_exact:
            self.app.processEvents()
        self.app.processEvents()

    def drag(self, index: int) -> None:
        """Move the view as the wheel or a drag does, and paint a frame."""
        left = 0.01 * self.right * (index % 20 + 1)
        self.view.setXRange(left, left + 0.75 * self.right, padding=0)
        self.app.processEvents()

    def frames_ms(self, times: int) -> list[float]:
        """Processor time of frames, without the first, which fills caches."""
        seen = []
        for index in range(times + 1):
            begun = time.thread_time()
            self.drag(index)
            seen.append(1e3 * (time.thread_time() - begun))
        return seen[1:]

    def until_exact_ms(self, index: int) -> float:
        """By the clock, from a move of the view to its exact picture on the screen."""
        begun = time.perf_counter()
        self.drag(index)
        self.settle()
        return 1e3 * (time.perf_counter() - begun)


def line(what: str, seen: Sequence[float], bound: float, note: str = "") -> Line:
    """A line of milliseconds."""
    return Line(what, statistics.median(seen), "ms", bound, len(seen), note, (min(seen), max(seen)))


@contextmanager
def benched(
    app: QApplication, variants: int, points: int, *, done: bool
) -> Iterator[tuple[Bench, Curves]]:
    """A page that shows runs."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(app, Path(folder), variants, points, done=done)
        page, window = bench.page()
        bench.until(lambda: page.study is not None)
        curves = Curves(bench, page)
        curves.settle()
        yield bench, curves
        bench.feed.stop()
        bench.let_go(page, window)
        bench.close()


def moving(curves: Curves, what: str) -> list[Line]:
    """Frames while the view moves, and what follows when it rests."""
    frames = curves.frames_ms(40)
    watchdog = Watchdog()
    watchdog.start()
    begun = time.thread_time()
    late = [curves.until_exact_ms(index) for index in range(10)]
    spent_ms = 1e3 * (time.thread_time() - begun) / len(late)
    longest = watchdog.stop()
    return [
        line(f"{what}, a frame while the view moves", frames, FRAME_MS),
        line(f"{what}, exact picture after a move (clock)", late, EXACT_MS,
             f"{spent_ms:.3g} ms of the processor"),
        Line(f"{what}, longest block of the event loop", longest, "ms", BLOCK_MS, 1),
    ]


def share(seconds: float) -> float:
    """Percent of a core that this process takes up, its threads and all."""
    busy, begun = time.process_time(), time.perf_counter()
    wait(round(1000 * seconds))
    return 100 * (time.process_time() - busy) / (time.perf_counter() - begun)


def live(bench: Bench, curves: Curves, mode: str, seconds: float) -> Line:
    """Runs that train on while they are shown."""
    resting = share(seconds / 2)
    study = curves.page.study
    assert study is not None
    before = {run: len(curve[0]) for run, curve in study.curves.items()}
    arguments = [str(bench.client.workspace.root), str(max(before.values())), *map(str, bench.runs)]
    writer = subprocess.Popen([*WRITER, *arguments], cwd=ROOT)
    try:
        wait(2000)
        busy = share(seconds)
    finally:
        writer.kill()
        writer.wait()
    assert curves.page.study is not None
    grown = [len(curves.page.study.curves[run][0]) - count for run, count in before.items()]
    assert min(grown) > 0, "the curves do not grow"
    what = f"{len(bench.runs)} runs x {LIVE_POINTS:,} points that train on, {MODES[mode]}"
    return Line(what, busy - resting, "% of a core", LIVE_SHARE, 1,
                f"{statistics.mean(grown):.0f} points each in {seconds + 2:g} s; at rest "
                f"{resting:.2g} %")


def main() -> None:
    """Measure and print."""
    wanted = table.arguments(__doc__).parse_args()
    app = QApplication([])
    apply_theme(app, "light")
    lines: list[Line] = []
    with benched(app, NUM_VARIANTS, POINTS, done=True) as (bench, curves):
        for mode, said in MODES.items():
            curves.show(mode)
            lines += moving(curves, f"{len(bench.runs)} runs x {POINTS:,} points, {said}")
    for mode in MODES:
        with benched(app, 4, LIVE_POINTS, done=False) as (bench, curves):
            curves.show(mode)
            lines.append(live(bench, curves, mode, 10.0))
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
