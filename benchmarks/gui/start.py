"""From starting the window's process to its first paint, and to a filled table of 1,000 runs.

Offscreen, each in a process of its own, in turn. Seconds are processor time of the whole process,
imports and Python's own start included; the floors are windows of PySide6 and of pyqtgraph with
nothing in them.

    python benchmarks/gui/start.py
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import offscreen  # noqa: F401 - before Qt
import table
from table import Line

NUM_RUNS = 1000
READY = """
import json, os, time

def ready(what):
    print(json.dumps({"what": what, "cpu": time.process_time()}), flush=True)
"""
STUDIO = READY + """
import sys
from pathlib import Path
import studio.app
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QTableView
from engine.spec.workspace import Workspace
from studio.state.settings import Settings

folder = Path(sys.argv[1])
app = QApplication([])
class Studio(studio.app.Studio):
    def _make_client(self):
        client = super()._make_client()
        client.start_engine = lambda: None  # what it takes is not the window's
        return client

studio = Studio(app, Workspace(folder / "workspace"), Settings(folder / "studio.ini"))
studio.window.first_painted.connect(lambda: ready("painted"))
studio.window.show()

def look():
    page = studio.window.page
    table = page.findChild(QTableView) if page is not None else None
    if table is not None and table.isVisible() and table.model().rowCount():
        table.viewport().repaint()
        QTimer.singleShot(0, done)
    else:
        QTimer.singleShot(2, look)

def done():
    assert len(studio.context.feed.runs) == int(sys.argv[2])
    ready("filled")
    os._exit(0)

QTimer.singleShot(0, look)
app.exec()
"""
BARE = READY + """
import sys
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
app = QApplication([])
window = QMainWindow()
if sys.argv[1] == "pyqtgraph":
    import pyqtgraph
    window.setCentralWidget(pyqtgraph.PlotWidget())
else:
    window.setCentralWidget(QLabel("hello"))
window.show()
window.repaint()
app.processEvents()
ready("painted")
os._exit(0)
"""


def seconds(code: str, *arguments: str) -> dict[str, float]:
    """Processor seconds until each thing that a process says it has reached."""
    command = [sys.executable, "-c", code, *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [json.loads(row) for row in said.splitlines() if row.startswith("{")]
    return {row["what"]: row["cpu"] for row in rows}


def fill(folder: Path) -> None:
    """Store runs that are through."""
    from engine.spec.run_spec import MethodSpec, RunSpec
    from engine.spec.workspace import Workspace
    from engine.store import run_queue, schema
    from engine.store.connect import open_store

    methods = ("plain", "sila", "dml", "sila_dml")
    specs = [
        RunSpec(seed=seed, method=MethodSpec(name=method))
        for seed in range(NUM_RUNS // len(methods)) for method in methods
    ]
    store = open_store(Workspace(folder / "workspace"))
    run_queue.enqueue(store, specs)
    with store.write() as connection:
        connection.execute(schema.run.update().values(
            state="completed", step=1000, num_steps=1000, steps_per_epoch=50, seconds=12.0,
            device="cpu", params_deployed=77_850, finished_at=time.time(),
        ))
    store.close()


def line(what: str, seen: Sequence[float], bound: float | None, floor: Sequence[float]) -> Line:
    """A line of seconds, with the ratio to a floor."""
    note = f"{statistics.median(seen) / statistics.median(floor):.2g} x a bare window"
    return Line(what, statistics.median(seen), "s", bound, len(seen), note, (min(seen), max(seen)))


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    ours, bare, plots = [], [], []
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
        for _ in range(wanted.rounds + 1):
            ours.append(seconds(STUDIO, name, str(NUM_RUNS)))
            bare.append(seconds(BARE, "pyside")["painted"])
            plots.append(seconds(BARE, "pyqtgraph")["painted"])
    del ours[0], bare[0], plots[0]  # the first brings the files into the page cache
    table.report([
        line("process start → first painted window", [each["painted"] for each in ours], 0.4, bare),
        line(f"process start → table of {NUM_RUNS:,} runs, filled and painted",
             [each["filled"] for each in ours], 1.0, bare),
        line("— a bare PySide6 window", bare, None, bare),
        line("— a window with an empty pyqtgraph plot", plots, None, bare),
    ], wanted)


if __name__ == "__main__":
    main()
