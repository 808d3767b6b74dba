"""Every benchmark, one after another, as one table; what was seen is kept in RESULTS.md.

`make bench` runs it; a part of it, which is printed only:

    python benchmarks/run_all.py --only points --only start
"""

import argparse
import ast
import subprocess
import sys
import time
from pathlib import Path

import table
from table import Line

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
PROMISED = ("sila", "sila, SiLa-T", "dml", "sila_dml")
SCRIPTS: dict[str, tuple[str, ...]] = {
    "floor": (),
    "method_cost": tuple(f"--method={method}" for method in PROMISED),
    "peers": (),
    "points": (),
    "throughput": (),
    "packed": (),
    "compiled": (),
    "packs": ("--batch=32", "--threads=1", "--rounds=4"),
    "memory": (),
    "start": (),
}
"""What is run, and what each is told."""


def title(name: str) -> str:
    """The first line of a script's text."""
    doc = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
    return (doc or name).partition("\n")[0].rstrip(".")


def lines_of(name: str) -> list[Line]:
    """Run a script; returns its lines, or one that says why there are none."""
    done = subprocess.run(
        [sys.executable, str(HERE / f"{name}.py"), "--json", *SCRIPTS[name]],
        capture_output=True, text=True, check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        return [Line(name, None, "", None, 0, said[-1])]
    return table.from_json(done.stdout)


def as_document(seen: dict[str, list[Line]], minutes: float) -> str:
    """What RESULTS.md says."""
    parts = [
        "# Measured",
        f"Written by `make bench` on {time.strftime('%Y-%m-%d')} in {minutes:.0f} min. Ratios are "
        "of things measured in turn; a figure of several measurements is their median, with the "
        "interval that it lies in (95 %, or least and greatest) in brackets.",
        "\n".join(f"- {line}" for line in table.heading()),
    ]
    for name, lines in seen.items():
        parts += [f"## {title(name)}", f"`python benchmarks/{name}.py`", table.as_markdown(lines)]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=SCRIPTS, metavar="NAME",
                        help=f"run this one and write nothing ({', '.join(SCRIPTS)})")
    wanted = parser.parse_args()
    print("\n".join(table.heading()))
    begun, seen = time.monotonic(), {}
    for name in wanted.only or SCRIPTS:
        seen[name] = lines_of(name)
        print(f"\n{title(name)}\n{table.as_text(seen[name])}", flush=True)
    if not wanted.only:
        RESULTS.write_text(as_document(seen, (time.monotonic() - begun) / 60), encoding="utf-8")
    verdicts = [line.verdict for lines in seen.values() for line in lines]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in ("pass", "falls short", "not run"))
    print(f"\n{counts}; {(time.monotonic() - begun) / 60:.1f} min")


if __name__ == "__main__":
    main()
