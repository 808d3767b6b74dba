"""Did training get slower than in another checkout? Seconds of the same short runs, as a ratio.

Both checkouts train each method in turn, round after round, each run in a process of its own, on
the bundled digits; the images are small, so what the loop itself costs weighs most. The seconds
are those that the runs store: training and evaluation, not the start of the process.

    git worktree add ../before COMMIT
    python benchmarks/against.py ../before
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
METHODS = ("plain", "sila", "dml", "sila_dml")
SPEC = """
name = "speed"
[dataset]
name = "digits"
[backbone]
name = "resnet8"
[method]
name = "{method}"
[training]
epochs = {epochs}
"""


def seconds(checkout: Path, method: str, epochs: int) -> float:
    """Train once in a checkout; returns what the run stored."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "speed.toml"
        spec.write_text(SPEC.format(method=method, epochs=epochs))
        said = subprocess.run(
            [
                sys.executable, "-m", "engine", "run", str(spec), "--json",
                "--workspace", str(Path(folder) / "workspace"),
            ],
            cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, check=False,
        )
        if said.returncode:
            sys.exit(f"{checkout}: {said.stderr.strip()}")
        return float(json.loads(said.stdout)[0]["seconds"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("other", type=Path, help="folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    wanted = parser.parse_args()
    other = wanted.other.resolve()
    times: dict[tuple[str, bool], list[float]] = {}
    for _ in range(wanted.rounds):
        for method in METHODS:
            for checkout in (other, HERE):
                took = seconds(checkout, method, wanted.epochs)
                times.setdefault((method, checkout == HERE), []).append(took)
    print("method     other s   here s   here / other: median (least to most of the rounds)")
    for method in METHODS:
        before, now = times[method, False], times[method, True]
        ratios = [b / a for a, b in zip(before, now, strict=True)]
        print(
            f"{method:<9} {statistics.median(before):8.2f} {statistics.median(now):8.2f}   "
            f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        )


if __name__ == "__main__":
    main()
