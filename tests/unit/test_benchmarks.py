import argparse
import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest

from engine.store.launch import TORCH_ENVIRONMENT

FOLDER = Path(__file__).parents[2] / "benchmarks"
OWN = {file.stem for file in FOLDER.rglob("*.py")}


@pytest.fixture(autouse=True)
def in_the_folder(monkeypatch):
    """Imports modules as the scripts do, and forgets them."""
    monkeypatch.syspath_prepend(str(FOLDER / "gui"))
    monkeypatch.syspath_prepend(str(FOLDER))
    for name, value in TORCH_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield
    for name in OWN & sys.modules.keys():
        del sys.modules[name]


@pytest.fixture
def table(in_the_folder):
    return importlib.import_module("table")


def line(table, measured, bound, **rest):
    return table.Line("what", measured, "ms", bound, 3, **rest)


def test_that_a_bound_is_kept_up_to_the_bound_itself(table):
    assert line(table, 5.0, 5.0).verdict == "pass"
    assert line(table, 5.01, 5.0).verdict == "falls short"


def test_that_what_was_not_measured_is_said_with_the_reason(table):
    missing = line(table, None, 5.0, note="it is not installed")
    assert missing.verdict == "not run"
    assert missing.cells() == ("what", "–", "≤ 5 ms", "3", "not run: it is not installed")


def test_that_a_figure_without_a_bound_has_no_verdict(table):
    assert line(table, 5.0, None).verdict == ""


def test_that_a_difference_below_the_noise_passes_only_where_that_is_asked_for(table):
    spread = (0.98, 1.1)
    assert line(table, 1.05, 1.01, spread=spread, noise=True).verdict == "pass"
    assert line(table, 1.05, 1.01, spread=spread).verdict == "falls short"
    assert line(table, 1.05, 1.01, spread=(1.02, 1.1), noise=True).verdict == "falls short"


def test_that_a_ratio_is_of_measurements_taken_in_turn(table):
    machine_slows_down = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    twice = [2 * seconds for seconds in machine_slows_down]
    assert table.median_ratio(twice, machine_slows_down) == (2.0, 2.0, 2.0)


def test_that_the_interval_of_a_ratio_leaves_out_what_chance_explains(table):
    ratios = [float(i) for i in range(1, 21)]
    assert table.median_ratio(ratios, [1.0] * 20) == (10.5, 6.0, 15.0)  # sign test, n = 20
    assert table.median_ratio(ratios[:3], [1.0] * 3) == (2.0, 1.0, 3.0)


def test_that_lines_come_back_from_json(table, capsys):
    lines = [line(table, 1.0, None), line(table, 2.0, 3.0, spread=(1.0, 4.0), noise=True)]
    table.report(lines, argparse.Namespace(json=True))
    said = capsys.readouterr().out
    assert [json.loads(row)["measured"] for row in said.splitlines()] == [1.0, 2.0]
    assert table.from_json(said) == lines


@pytest.mark.long
def test_that_a_script_that_breaks_is_no_script_that_was_not_run(in_the_folder):
    run_all = importlib.import_module("run_all")
    [broken] = run_all.run("packed", ("--nonsense",)).seen
    assert broken.verdict == "failed"
    assert "--nonsense" in broken.note


def test_that_a_part_measured_by_itself_takes_its_place_among_the_results(table):
    run_all = importlib.import_module("run_all")
    parts = [run_all.Part(name, (), [line(table, value, None)])
             for name, value in (("points", 1.0), ("start", 2.0), ("memory", 3.0))]
    before = run_all.as_document(parts, 1.0)
    again = run_all.Part("start", (), [line(table, 7.0, None)])
    after = run_all.updated(before, again)
    assert "| what | 7 ms |" in after
    assert "| what | 2 ms |" not in after
    assert after.count("\n## ") == before.count("\n## ") == 3
    assert "| what | 1 ms |" in after
    assert "| what | 3 ms |" in after
    longer = run_all.updated(before, run_all.Part("floor", (), [line(table, 9.0, None)]))
    assert longer.startswith(before.rstrip("\n"))
    assert "| what | 9 ms |" in longer[len(before):]


def test_that_a_part_measured_on_another_machine_says_so(table, monkeypatch):
    run_all = importlib.import_module("run_all")
    part = run_all.Part("points", (), [line(table, 1.0, None)])
    before = run_all.as_document([part], 1.0)
    assert "Measured on" not in run_all.updated(before, part)
    monkeypatch.setattr(table, "heading", lambda: ["a CPU, 16 cores; a GPU", "Python 3", "peers"])
    assert "\n\nMeasured on a CPU, 16 cores; a GPU; Python 3.\n\n" in run_all.updated(before, part)


def test_that_every_script_can_be_asked_what_it_does(monkeypatch, capsys):
    for name in (*importlib.import_module("run_all").SCRIPTS, "run_all"):
        path = FOLDER / f"{name}.py"
        monkeypatch.setattr(sys, "argv", [str(path), "--help"])
        with pytest.raises(SystemExit, match="0"):
            runpy.run_path(str(path), run_name="__main__")
        assert "usage:" in capsys.readouterr().out
