"""Every verb of the command line on a workspace in which two tiny runs were trained."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from PIL import Image

from engine import __main__ as sila_main
from engine.build import load_data
from engine.cli.follow import enqueue_spec
from engine.current_catalog import code_stamp
from engine.publish import cost_of, publish_catalog
from engine.spec.card import KINDS
from engine.spec.run_spec import DatasetSpec
from engine.spec.workspace import Workspace
from engine.store import cards, run_queue, staff
from engine.store.connect import open_store
from engine.worker import attempt

SPEC = """
name = "tiny"
[dataset]
name = "digits"
train_images = 100
[training]
epochs = 2
batch_size = 50
threads = 1
device = "cpu"
[grid]
method = [{ name = "plain" }, { name = "sila" }]
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("spec") / "tiny.toml"
    path.write_text(SPEC)
    return path


@pytest.fixture(scope="module")
def trained(spec, tmp_path_factory):
    """A workspace with the spec's runs, trained in this process."""
    workspace = Workspace(tmp_path_factory.mktemp("trained"))
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGTERM)
    store = open_store(workspace)
    for _ in enqueue_spec(store, spec, []):
        claimed = run_queue.claim(store, staff.hire(store, "train"))
        run_queue.finish(store, claimed, *attempt(store, claimed))
    store.close()
    torch.set_num_threads(threads)
    signal.signal(signal.SIGTERM, handler)
    return workspace


@pytest.fixture
def sila(monkeypatch, capsys, workspace):
    """A function: run the command in this process; returns exit code, stdout and stderr."""
    monkeypatch.setenv("SILA_WORKSPACE", str(workspace.root))
    threads = torch.get_num_threads()

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sila", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            sila_main.main()
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    yield run
    torch.set_num_threads(threads)


@pytest.fixture
def on_trained(sila, trained):
    """`sila` on the workspace with the runs, as JSON."""

    def run(*arguments):
        code, out, err = sila(*arguments, "--json", "--workspace", trained.root)
        assert (code, err) == (0, "")
        return json.loads(out)

    return run


def one_line(result, said):
    """A complaint: exit code 2, one line on stderr, nothing on stdout."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("sila: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert said in err


def test_that_runs_and_show_say_the_same(on_trained):
    rows = on_trained("runs")
    assert [(r["run"], r["method"], r["state"], r["epoch"]) for r in rows] == [
        (2, "sila", "completed", 2), (1, "plain", "completed", 2)
    ]
    for row in rows:
        assert {"val/top1", "test/top1", "train/loss"} <= row["metrics"].keys()
        assert row["params_deployed"] == rows[0]["params_deployed"]
    assert rows[0]["params_training"] > rows[1]["params_training"]
    shown = on_trained("show", 2)
    assert {key: shown[key] for key in rows[0]} == rows[0]
    assert shown["spec"]["method"] == {"name": "sila", "options": {}}
    assert {a["kind"] for a in shown["artifacts"]} >= {"checkpoint", "weights"}
    assert shown["log"][-1]["text"] == "completed"


def test_that_metrics_are_json_or_comma_separated(trained, on_trained, sila):
    found = on_trained("metrics", 1)
    assert [point["step"] for point in found["train/loss"]] == [1, 2, 3, 4]
    assert on_trained("metrics", 1, "--series", "lr").keys() == {"lr"}
    code, out, _ = sila("metrics", 1, "--workspace", trained.root)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [float(r["value"]) for r in rows if r["series"] == "lr"] == [
        point["value"] for point in found["lr"]
    ]


def test_that_a_probe_tells_what_the_runs_of_a_spec_take(sila, spec, trained):
    code, out, err = sila("probe", spec, "--json", "--workspace", trained.root)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["names"] == ["plain on resnet8, digits", "sila on resnet8, digits"]
    assert [each["earlier"] for each in found["variants"]] == [1, 1]
    assert found["num_runs"] == [1, 1]
    assert found["total"]["seconds"] == sum(each["seconds"] for each in found["variants"])
    code, out, err = sila("probe", spec, "--set", "training.epochs=3", "--workspace", trained.root)
    assert code == 0
    assert out.startswith("plain on resnet8, digits: 0:00:")
    assert "all: 0:00:" in out


def test_that_a_probe_of_what_cannot_be_trained_says_why(sila, spec):
    sets = ["--set", "dataset.name=cifar10", "--set", "dataset.root=/nowhere"]
    code, out, err = sila("probe", spec, *sets)
    assert (code, out) == (1, "")
    assert "sila: plain on resnet8, cifar10: there is no folder /nowhere: name the" in err


def test_that_the_catalogue_lists_every_kind_and_counts_what_is_not_counted(on_trained, trained):
    store = open_store(trained)
    # What was counted for other workspaces is forgotten.
    cards.publish(store, cards.read_catalog(store).all("metric"), "other code")
    publish_catalog(store)
    known = [name for name in cards.backbones_to_count(store) if name != "resnet8"]
    counted = {name: {"multiply_adds": [1]} for name in known}
    cards.add_facts(store, counted, code_stamp("backbones"))
    store.close()
    found = on_trained("catalog")
    assert found.keys() == {f"{kind}s" for kind in KINDS}
    assert {"plain", "sila", "dml", "sila_dml"} <= {card["name"] for card in found["methods"]}
    facts = {card["name"]: card["facts"] for card in found["backbones"]}
    assert facts["resnet14"]["multiply_adds"] == [1]
    assert facts["resnet8"]["params"] == {"10": 78_042, "100": 83_892}
    assert facts["resnet8"]["multiply_adds"] == list(cost_of("resnet8", 10).multiply_adds)


def test_that_params_counts(sila):
    assert sila("params", "resnet20", "--classes", 100)[1] == (
        "resnet20 with 100 classes: 278,324 parameters, 40.8 M multiply-adds for an image of "
        "32 × 32 pixels\n"
    )
    code, out, _ = sila("params", "resnet20", "--size", 64, "--json")
    found = json.loads(out)
    assert (code, found["name"], found["classes"], found["params"]) == (0, "resnet20", 10, 272_474)
    assert (found["size"], found["multiply_adds"]) == (64, [163_250_816])


def test_that_params_tells_of_every_exit(sila):
    found = json.loads(sila("params", "msdnet_anytime_4", "--json")[1])
    assert len(found["multiply_adds"]) == len(found["exit_params"]) == 4
    lines = sila("params", "msdnet_anytime_4")[1].splitlines()
    assert f" {found['params']:,} parameters, " in lines[0]
    assert lines[0].endswith(" multiply-adds for an image of 32 × 32 pixels")
    first = f"a network of {found['exit_params'][0]:,} parameters"
    assert lines[1].startswith("  exit 1 of 4: ")
    assert lines[1].endswith(first)
    assert sila("params", "slimmable_resnet20", "--json")[1].count("width ") == 4


def test_that_params_refuses_images_that_the_network_cannot_read(sila):
    code, out, err = sila("params", "squeezenet", "--size", 1)
    assert (code, out) == (2, "")
    assert err.startswith("sila: squeezenet reads no images of 1 × 1 pixels: ")
    assert err.count("\n") == 1


def test_that_compare_answers_in_every_form(on_trained, sila, trained):
    assert on_trained("compare", 1, 2)["baseline"] == on_trained("compare", "tiny")["baseline"]
    for form, said in (("--csv", "method,"), ("--latex", r"\toprule")):
        code, out, err = sila("compare", "tiny", form, "--workspace", trained.root)
        assert (code, err) == (0, "")
        assert said in out


@pytest.mark.long
def test_that_an_export_predicts_and_is_verified(on_trained, sila, trained, tmp_path):
    out = tmp_path / "bundle"
    certificate = on_trained("export", 2, "--out", out)
    assert certificate["folder"] == str(out)
    assert certificate["params_removed"] > 0
    assert certificate["formats"].keys() == {"onnx", "safetensors"}
    digit = load_data(DatasetSpec(), trained).test.images_NHWC[0, :, :, 0]
    Image.fromarray(digit).save(tmp_path / "digit.png")
    (tmp_path / "garbage.png").write_bytes(b"garbage")
    code, text, err = sila("predict", out, tmp_path / "digit.png", "--json")
    assert (code, err, len(json.loads(text)[0]["top"])) == (0, "", 5)
    code, text, err = sila("predict", out, tmp_path / "digit.png", tmp_path / "garbage.png")
    assert code == 2
    assert len(text.splitlines()) == 1
    one_line((code, "", err), "garbage.png: not an image")
    code, text, err = sila(
        "predict", out, tmp_path / "digit.png", "--format", "safetensors", "--against", 1,
        "--workspace", trained.root,
    )
    assert (code, err) == (0, "")
    assert "(model.safetensors, " in text
    assert "Run 1 (plain resnet8 digits s0, best weights) disagrees on" in text
    one_line(sila("predict", out, "x.png", "--format", "onxx"), "did you mean 'onnx'?")
    code, text, err = sila("verify", out, "--json")
    assert (code, err, json.loads(text)["verified"]) == (0, "", True)
    with (out / "labels.txt").open("a") as labels:
        labels.write("eleven\n")
    code, text, err = sila("verify", out)
    assert (code, text, len(err.splitlines())) == (1, "", 1)
    assert "is not what was exported: labels.txt was changed since the export" in err
    again = sila("export", 2, "--out", out, "--workspace", trained.root)
    assert again[0] == 2
    assert again[2].splitlines()[-1].startswith("sila: ")
    files = on_trained("show", 2)["artifacts"]
    assert [a["path"] for a in files if a["kind"] == "bundle"] == [str(out)]


def test_that_doctor_finds_everything_well(sila):
    code, out, err = sila("doctor", "--json")
    report = json.loads(out)
    assert (code, err, report["ok"]) == (0, "", True)
    assert {check["name"] for check in report["checks"]} >= {"torch", "window", "bundled files"}


def damage_all(workspace):
    workspace.database.write_bytes(b"garbage" * 99)


def damage_the_end(workspace):
    """What is not read when the workspace is opened."""
    store = open_store(workspace)
    cards.put_setting(store, "long", "x" * 2**16)
    store.close()
    size = workspace.database.stat().st_size
    with workspace.database.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))


@pytest.mark.parametrize("damage", [damage_all, damage_the_end])
def test_that_doctor_says_what_is_amiss(sila, workspace, damage):
    workspace.make()
    damage(workspace)
    code, out, _ = sila("doctor", "--json")
    (amiss,) = (check for check in json.loads(out)["checks"] if not check["ok"])
    assert (code, amiss["name"]) == (1, "workspace")
    assert "is damaged or no SQLite database" in amiss["detail"]


def test_that_a_queue_is_worked_on_from_the_command_line(sila, spec):
    code, out, err = sila("enqueue", spec, "--set", "seeds=[0, 1]", "--json")
    assert (code, json.loads(out), err) == (0, [1, 2, 3, 4], "")
    assert sila("pause", 1)[0] == sila("stop", 2)[0] == 0
    states = {r["run"]: r["state"] for r in json.loads(sila("runs", "--json")[1])}
    assert states == {1: "paused", 2: "cancelled", 3: "queued", 4: "queued"}
    one_line(sila("stop", 2), "run 2 is cancelled already")
    assert sila("delete", 1, 2)[0] == 0
    assert [r["run"] for r in json.loads(sila("runs", "--json")[1])] == [4, 3]
    assert sila("enqueue", spec)[1] == "queued 2 run(s): 5, 6\n"


@pytest.fixture
def sila_process(workspace):
    """A function: run the command in a process of its own; its engine ends after the test."""

    def run(*arguments):
        command = [sys.executable, "-m", "engine", *arguments, "--workspace", workspace.root]
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False,
            timeout=150, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    yield run
    store = open_store(workspace)
    staff.ask_engine_to_stop(store)
    limit = time.monotonic() + 20
    while staff.living_engine(store) is not None and time.monotonic() < limit:
        time.sleep(0.05)
    assert staff.living_engine(store) is None
    store.close()


@pytest.mark.e2e
def test_that_run_and_resume_print_one_document_of_how_it_ended(sila, sila_process, spec):
    plain = ["--set", "grid.method=[{ name = 'plain' }]"]
    assert sila("enqueue", spec, *plain)[0] == sila("pause", 1)[0] == 0
    for number, verb in enumerate((["resume", "1"], ["run", spec, *plain]), start=1):
        done = sila_process(*verb, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        (row,) = json.loads(done.stdout)
        assert (row["run"], row["state"], row["epoch"]) == (number, "completed", 2)
        assert row["metrics"]["test/top1"]["last"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", 7], "there is no run 7 in "),
        (["stop", 7], "there is no run 7 in "),
        (["pause", 7], "there is no run 7 in "),
        (["resume", 7], "there is no run 7 in "),
        (["metrics", 7, "--json"], "there is no run 7 in "),
        (["delete", 7], "there is no run 7 in "),
        (["export", 7, "--json"], "there is no run 7 in "),
        (["compare", 7], "there is no run or experiment '7'"),
        (["run", "nowhere.toml", "--json"], "cannot read nowhere.toml: No such file"),
        (["probe", "nowhere.toml"], "cannot read nowhere.toml: No such file"),
        (["enqueue", "."], "cannot read .: Is a directory"),
        (["params", "resnet_20"], "did you mean 'resnet20'?"),
        (["predict", "nowhere", "x.png", "--json"], "there is no folder nowhere"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_that_what_is_not_there_is_said_in_one_line(sila, arguments, said):
    one_line(sila(*arguments), said)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("training.epohcs=3", "did you mean 'epochs'?"),
        ("method.name=silla", "did you mean 'sila'?"),
        ("method.options.alhpa=1", "unknown key 'alhpa' in [method.options]"),
        ("seeds=[]", "at least one seed"),
        ("training.lr=nan", "lr = nan"),
    ],
)
def test_that_nothing_is_queued_of_a_spec_with_a_slip(sila, spec, setting, said):
    one_line(sila("enqueue", spec, "--set", "grid={}", "--set", setting), said)
    assert json.loads(sila("runs", "--json")[1]) == []


@pytest.mark.parametrize("verb", ["runs", "catalog", "show", "serve"])
def test_that_a_garbage_workspace_is_refused_in_one_line(sila, workspace, verb):
    workspace.make()
    workspace.database.write_bytes(b"garbage" * 99)
    arguments = [verb, "1"] if verb == "show" else [verb]
    one_line(sila(*arguments), "is damaged or no SQLite database: move it away to start anew")


def test_that_a_workspace_that_is_a_file_is_refused_in_one_line(sila, tmp_path):
    (tmp_path / "file").write_text("")
    one_line(sila("runs", "--workspace", tmp_path / "file"), "cannot use the workspace")


def test_that_wrong_use_is_exit_code_two_without_a_traceback(sila):
    for arguments in (["nonsense"], ["show"], ["show", "x"], ["compare", "1", "--weights", "all"]):
        code, out, err = sila(*arguments)
        assert (code, out) == (2, "")
        assert "Traceback" not in err
        assert err
    assert "Usage" in sila("--help")[1]
