"""Frames of long curves: while the view moves, and exact.

Offscreen, in the panel that the Run page is made of, at 1000 x 600 pixels. Milliseconds are
processor time of the GUI thread; the floor is pyqtgraph as it comes, with peak down-sampling and
clipping on.

    python benchmarks/gui/curves.py
"""

import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import offscreen  # noqa: F401 - before Qt
import pyqtgraph as pg
import table
from PySide6.QtWidgets import QApplication
from table import Line
from watchdog import Watchdog

from studio.plots.curve import Curve
from studio.plots.curve_panel import CurvePanel
from studio.plots.palette import run_colour
from studio.theme.theme import apply_theme

SIZE = (1000, 600)
POINTS = 100_000


def noisy(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A loss as it is logged: x and y."""
    x = np.arange(count, dtype=float)
    noise = np.random.default_rng(0).normal(0, 0.05, count)
    return x, np.exp(-3 * x / count) + noise


def curves(number: int, count: int) -> list[Curve]:
    """Curves in the colours of runs, one above the other."""
    x, y = noisy(count)
    return [Curve(str(i), run_colour(i), x, y + 0.01 * i) for i in range(number)]


def cpu_ms(action: Callable[[int], None], times: int) -> list[float]:
    """Processor time of the GUI thread, without the first time, which fills caches."""
    seen = []
    for index in range(times + 1):
        begun = time.thread_time()
        action(index)
        seen.append(1e3 * (time.thread_time() - begun))
    return seen[1:]


class Bench:
    """A panel, and what is done with it."""

    def __init__(self, app: QApplication, number: int, count: int) -> None:
        self.app = app
        self.count = count
        self.curves = curves(number, count)
        self.panel = CurvePanel("Loss")
        self.panel.resize(*SIZE)
        self.panel.set_curves(self.curves)
        self.panel.show()
        self.settle()

    def settle(self) -> None:
        """Let the exact picture come."""
        for _ in range(3):
            self.app.processEvents()
        while not self.panel.layer.is_exact:
            self.app.processEvents()

    def drag(self, index: int) -> None:
        """Move the view as the wheel or a drag does, and paint a frame."""
        left = 0.01 * self.count * (index % 20 + 1)
        self.panel.set_x_range((left, left + 0.75 * self.count))
        self.app.processEvents()

    def exact(self, _: int) -> None:
        """Draw everything anew, and show it."""
        self.panel.set_curves(self.curves)
        self.settle()

    def until_exact_ms(self, index: int) -> float:
        """By the clock, from a move of the view to its exact picture on the screen."""
        begun = time.perf_counter()
        self.drag(index)
        self.settle()
        return 1e3 * (time.perf_counter() - begun)

    def close(self) -> None:
        """Let it go."""
        self.panel.close()
        self.panel.deleteLater()
        self.app.processEvents()


def bare(app: QApplication, number: int, count: int, times: int) -> list[float]:
    """The same frames with pyqtgraph's own items."""
    plot = pg.PlotWidget()
    plot.resize(*SIZE)
    for curve in curves(number, count):
        item = pg.PlotDataItem(pen=pg.mkPen(curve.colour))
        plot.addItem(item)
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        item.setData(curve.x, curve.y, skipFiniteCheck=True)
    plot.show()
    app.processEvents()

    def move(index: int) -> None:
        left = 0.01 * count * (index % 20 + 1)
        plot.setXRange(left, left + 0.75 * count, padding=0)
        app.processEvents()

    seen = cpu_ms(move, times)
    plot.close()
    plot.deleteLater()
    app.processEvents()
    return seen


def line(what: str, seen: Sequence[float], bound: float | None, note: str = "") -> Line:
    """A line of milliseconds."""
    return Line(what, statistics.median(seen), "ms", bound, len(seen), note, (min(seen), max(seen)))


def moving(app: QApplication) -> list[Line]:
    """Frames while 100 curves are dragged."""
    bench = Bench(app, 100, POINTS)
    frames = cpu_ms(bench.drag, 40)
    watchdog = Watchdog()
    watchdog.start()
    late = [bench.until_exact_ms(index) for index in range(10)]
    longest = watchdog.stop()
    bench.close()
    floor = bare(app, 100, POINTS, 3)
    what = f"100 curves x {POINTS:,} points"
    share = statistics.median(frames) / statistics.median(floor)
    return [
        line(f"{what}, a frame while the view moves", frames, 16),
        line(f"{what}, exact picture after a move (clock)", late, 150),
        Line(f"{what}, longest block of the event loop", longest, "ms", 50, 1),
        line("— the same frame in pyqtgraph as it comes", floor, None, f"ours takes {share:.2g} x"),
    ]


def repainting(app: QApplication) -> list[Line]:
    """All of 20 curves drawn anew."""
    bench = Bench(app, 20, POINTS)
    seen = cpu_ms(bench.exact, 20)
    bench.close()
    return [line(f"20 curves x {POINTS:,} points, drawn anew exactly", seen, 33)]


def main() -> None:
    """Measure and print."""
    wanted = table.arguments(__doc__).parse_args()
    app = QApplication([])
    apply_theme(app, "light")
    table.report([*moving(app), *repainting(app)], wanted)


if __name__ == "__main__":
    main()
