"""Every benchmark, one after another, as one table; what was seen is kept in RESULTS.md.

`make bench` runs it; a part of it, which is printed only, or takes its place in RESULTS.md:

    python benchmarks/run_all.py --only points --only start
    python benchmarks/run_all.py --only points --update
    python benchmarks/run_all.py --gpu --only compiled --update

A part that was measured on another machine than the rest says so below its title.
"""

import argparse
import ast
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
    "device": ("--backbone=resnet20",),
    "memory": (),
    "start": (),
    "exports": (),
    "gui/start": (),
    "gui/curves": (),
    "gui/compare_page": (),
    "gui/compare_curves": (),
    "gui/runs_table": (),
}
"""What is run, and what each is told."""
GPU_SCRIPTS: dict[str, tuple[str, ...]] = {
    "floor": ("--device=cuda", "--precision=bfloat16"),
    "device": ("--device=cuda", "--batch=512", "--steps=200", "--size=8192"),
    "compiled": ("--device=cuda", "--precision=bfloat16", "--rounds=8"),
    "packs": ("--device=cuda", "--precision=float32"),
}
"""What is run where there is a GPU too."""


@dataclass(frozen=True)
class Part:
    """What a script saw; `seen` has a line that says why where it saw nothing."""

    name: str
    told: tuple[str, ...]
    seen: list[Line]

    @property
    def title(self) -> str:
        """The first line of the script's text."""
        doc = ast.get_docstring(ast.parse((HERE / f"{self.name}.py").read_text(encoding="utf-8")))
        return (doc or self.name).partition("\n")[0].rstrip(".")

    @property
    def command(self) -> str:
        """What runs it alone."""
        return shlex.join(["python", f"benchmarks/{self.name}.py", *self.told])


def run(name: str, told: tuple[str, ...]) -> Part:
    """Run a script."""
    done = subprocess.run(
        [sys.executable, str(HERE / f"{name}.py"), "--json", *told],
        capture_output=True, text=True, check=False,
    )
    if not done.returncode:
        return Part(name, told, table.from_json(done.stdout))
    said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    return Part(name, told, [Line(name, None, "", None, 0, said[-1], failed=True)])


def on_a_gpu(name: str, told: tuple[str, ...]) -> Part:
    """Run a script where there is a GPU."""
    if table.gpus():
        return run(name, told)
    return Part(name, told, [Line(f"{name}, on a GPU", None, "", None, 0, "there is none here")])


def as_section(part: Part, where: Sequence[str] = ()) -> str:
    """What RESULTS.md says of a script, and of the machine if it is another than above."""
    told = [f"`{part.command}`", *([f"Measured on {'; '.join(where)}."] if where else [])]
    return "\n\n".join([f"## {part.title}", *told, table.as_markdown(part.seen)]) + "\n"


def updated(document: str, part: Part) -> str:
    """The document with a part's section written anew, or at its end; its title says when."""
    sections = document.split("\n## ")
    here_is = table.heading()[:2]  # the machine, and what Python runs with
    where = () if all(f"- {line}\n" in document for line in here_is) else here_is
    title, _, rest = as_section(part, where).removeprefix("## ").partition("\n")
    new = f"{title} ({time.strftime('%Y-%m-%d')}, by itself)\n{rest}"
    here = next((at for at, text in enumerate(sections) if f"`{part.command}`" in text), None)
    if here is None:
        sections.append(new)
    else:
        sections[here] = new
    return "\n## ".join(sections)


def as_document(parts: list[Part], minutes: float) -> str:
    """What RESULTS.md says."""
    said = [
        "# Measured",
        f"Written by `make bench` on {time.strftime('%Y-%m-%d')} in {minutes:.0f} min. Ratios are "
        "of things measured in turn; a figure of several measurements is their median, with the "
        "interval that it lies in (95 %, or least and greatest) in brackets.",
        "\n".join(f"- {line}" for line in table.heading()),
    ]
    said += [as_section(part).rstrip("\n") for part in parts]
    return "\n\n".join(said) + "\n"


def main() -> None:
    """Run, print and write; exits with 1 where a script broke."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=SCRIPTS, metavar="NAME",
                        help=f"run this one and write nothing ({', '.join(SCRIPTS)})")
    parser.add_argument("--gpu", action="store_true", help="as it is run on a GPU, and only that")
    parser.add_argument("--update", action="store_true", help="write these parts into RESULTS.md")
    wanted = parser.parse_args()
    print("\n".join(table.heading()))
    begun, parts, scripts = time.monotonic(), [], GPU_SCRIPTS if wanted.gpu else SCRIPTS
    if not set(wanted.only or ()) <= scripts.keys():
        parser.error(f"on a GPU there are {', '.join(GPU_SCRIPTS)}")
    chosen = [(on_a_gpu if wanted.gpu else run, name, scripts[name])
              for name in wanted.only or scripts]
    if not (wanted.only or wanted.gpu):
        chosen += [(on_a_gpu, name, told) for name, told in GPU_SCRIPTS.items()]
    for how, name, told in chosen:
        parts.append(how(name, told))
        print(f"\n{parts[-1].title}\n{table.as_text(parts[-1].seen)}", flush=True)
    by_itself = wanted.only or wanted.gpu
    if by_itself and wanted.update:
        document = RESULTS.read_text(encoding="utf-8")
        for part in parts:
            document = updated(document, part)
        RESULTS.write_text(document, encoding="utf-8")
    if not by_itself:
        RESULTS.write_text(as_document(parts, (time.monotonic() - begun) / 60), encoding="utf-8")
    verdicts = [line.verdict for part in parts for line in part.seen]
    known = ("pass", "falls short", "not run", "failed")
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in known)
    print(f"\n{counts}; {(time.monotonic() - begun) / 60:.1f} min")
    sys.exit(1 if "failed" in verdicts else 0)


if __name__ == "__main__":
    main()
