"""Whole trainings with a teacher in this process, an epoch or two on a few digits."""

import json
import signal
from types import SimpleNamespace

import pytest
import torch

from engine import worker
from engine.backbones.torchvision_models import TorchvisionNetwork
from engine.build import catalogue_entries, make_backbone, make_job
from engine.chores.export import export_run
from engine.chores.rebuild import check_training
from engine.spec.errors import DataError, SpecError, StoreError
from engine.spec.options import parse
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, cards, run_queue, runs, staff
from engine.store.connect import open_store
from engine.teachers import TEACHER, Teachers
from engine.training.ledger import Ledger
from engine.training.loop import Stopped
from engine.training.session import Session
from engine.training.weights import LAST_WEIGHTS, load_weights

DATA = {"name": "digits", "train_images": 100, "validation": 0.1}
RECIPE = {"batch_size": 25, "lr": 0.05, "threads": 1, "device": "cpu"}
DONE = (RunState.COMPLETED, "")


@pytest.fixture(autouse=True)
def _as_before():
    before, handler = torch.get_num_threads(), signal.getsignal(signal.SIGTERM)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    cards.publish(opened, [entry.card for entry in catalogue_entries()], "these tests")
    yield opened
    opened.close()


@pytest.fixture
def queue(store):
    """A function: queue a run; returns its number."""

    def put(method="plain", options=None, *, epochs=1, backbone="resnet8", dataset="digits"):
        table = {
            "dataset": {**DATA, "name": dataset}, "backbone": {"name": backbone},
            "training": {**RECIPE, "epochs": epochs},
            "method": {"name": method, "options": options or {}},
        }
        spec = cards.read_catalog(store).resolve(parse(RunSpec, table, "spec"))
        run_queue.enqueue(store, [spec])
        return runs.list_runs(store)[0].id

    return put


@pytest.fixture
def claim(store):
    """A function: claim the one run that is queued."""
    return lambda: run_queue.claim(store, staff.hire(store, "train"))


@pytest.fixture
def train(store, queue, claim):
    """A function: queue a run and train it to its end; returns its number."""

    def go(*args, **more):
        run, claimed = queue(*args, **more), claim()
        state, error = worker.attempt(store, claimed)
        assert (state, error) == DONE
        run_queue.finish(store, claimed, state, error)
        return run

    return go


def weights_of(store, run, name=LAST_WEIGHTS):
    return load_weights(store.workspace.run_folder(run) / name)


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[n], right[n]) for n in left)


def ship_of(weights):
    prefix = "peers.0."
    return {n.removeprefix(prefix): v for n, v in weights.items() if n.startswith(prefix)}


def pause_after(store, claimed, num_steps):
    """Train a claimed run for some steps, and pause it."""
    teachers = Teachers(store, claimed.run)
    job = make_job(runs.get_spec(store, claimed.run), store.workspace, make_teacher=teachers)
    ledger = Ledger(store, claimed.run, cards.read_catalog(store).direction, {})
    session = Session(store, claimed.run, job, ledger)
    teachers.keep()
    loss, left = job.system.loss, iter(range(num_steps - 1))

    def counted(batch):
        if next(left, None) is None:
            session._recorder.request = run_queue.PAUSE
        return loss(batch)

    job.system.loss = counted
    with pytest.raises(Stopped, match="pause"):
        session.run()
    run_queue.finish(store, claimed, RunState.PAUSED)


@pytest.mark.parametrize("method", [
    "kd", pytest.param("tf_kd_self", marks=pytest.mark.slow),
])
def test_that_a_run_goes_on_and_is_exported_after_its_teacher_was_deleted(
    store, queue, claim, train, method
):
    teacher = train()
    taught = {"teacher": f"run:{teacher}"}
    whole = train(method, taught, epochs=2)
    halved = queue(method, taught, epochs=2)
    pause_after(store, claim(), 5)
    expected = ship_of(weights_of(store, teacher))
    runs.delete_runs(store, [teacher])

    run_queue.resume(store, halved)
    claimed = claim()
    assert worker.attempt(store, claimed) == DONE
    run_queue.finish(store, claimed, *DONE)
    trained = weights_of(store, halved)
    assert same(trained, weights_of(store, whole))
    kept = weights_of(store, halved, TEACHER)
    assert same(kept, expected)
    assert same(kept, weights_of(store, whole, TEACHER))
    assert all(torch.equal(trained[f"teacher.{name}"], kept[name]) for name in kept)
    assert not same(ship_of(trained), expected)

    certificate = export_run(
        store, {"run": halved, "formats": ["safetensors"]}, lambda *_: None
    )["certificate"]
    params = runs.get_run(store, halved).params_deployed
    assert certificate["removed_modules"] == {"teacher": params}
    assert certificate["teacher"]["name"] == certificate["backbone"]
    check_training(certificate)  # it needs no teacher's weights
    (row,) = artifacts.list_artifacts(store, halved, "teacher")
    assert row.facts == {"source": f"run:{teacher}"}
    assert row.bytes == artifacts.locate(store, row).stat().st_size


def test_that_a_copy_of_another_runs_teacher_is_not_taken(store, queue, train):
    teacher, other = train(), train(epochs=2)
    run = queue("kd", {"teacher": f"run:{teacher}"})
    teachers = Teachers(store, run)
    teachers(f"run:{teacher}", 10, 1)
    teachers.keep()
    again = Teachers(store, run)
    found = again(f"run:{other}/last", 10, 1)
    assert same(found.state_dict(), ship_of(weights_of(store, other)))
    again._run = SimpleNamespace(**{**vars(again._run), "created_at": 0.0})
    runs.delete_runs(store, [teacher])
    with pytest.raises(StoreError, match=f"there is no run {teacher}"):
        again(f"run:{teacher}", 10, 1)


def test_that_a_teacher_comes_in_eval_mode_and_disturbs_no_random_numbers(store, queue, train):
    teacher = train()
    teachers, before = Teachers(store, queue()), torch.get_rng_state()
    network = teachers(f"run:{teacher}", 10, 1)
    assert torch.equal(torch.get_rng_state(), before)
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())


def test_that_a_damaged_copy_is_named(store, queue):
    run = queue()
    file = store.workspace.run_folder(run) / TEACHER
    file.parent.mkdir(parents=True)
    file.write_bytes(b"garbage")
    with pytest.raises(DataError, match=rf"the teacher {file} is damaged"):
        Teachers(store, run)("run:1", 10, 1)


@pytest.mark.parametrize(("classes", "channels", "said"), [
    (5, 1, "does not fit 5 classes and 1 channels: its head.weight is 10 × 64, not 5 × 64"),
    (10, 3, "does not fit 10 classes and 3 channels: its stem.0.weight is 16 × 1 × 3 × 3, not "
     "16 × 3 × 3 × 3"),
])
def test_that_a_teacher_for_other_classes_or_images_is_refused(
    store, queue, train, classes, channels, said
):
    teacher = train()
    with pytest.raises(SpecError) as caught:
        Teachers(store, queue())(f"run:{teacher}", classes, channels)
    assert str(caught.value) == f"teacher 'run:{teacher}' {said}"


def test_that_a_teacher_of_another_dataset_or_not_completed_is_refused(store, queue):
    unfinished, foreign = queue(), queue(dataset="fashion_mnist")
    teachers = Teachers(store, queue())
    with pytest.raises(SpecError, match=f"'run:{unfinished}': the run is queued; only a completed"):
        teachers(f"run:{unfinished}", 10, 1)
    with pytest.raises(SpecError, match=f"'run:{foreign}' learned fashion_mnist, but this run is"):
        teachers(f"run:{foreign}", 10, 1)
    with pytest.raises(StoreError, match="there is no run 999"):
        teachers("run:999", 10, 1)


@pytest.mark.parametrize("source", ["run:", "run:x", "run:1/first", "resnet8", "resnt", "a/b"])
def test_that_a_source_that_means_nothing_is_refused(store, queue, source):
    with pytest.raises(SpecError, match=rf"^teacher '{source}' is not known: name 'run:12' [^\n]+"):
        Teachers(store, queue())(source, 10, 1)


def test_that_an_exported_bundle_teaches(store, queue, train, tmp_path):
    teacher, folder = train(backbone="resnet8_a"), tmp_path / "bundle"
    arguments = {"run": teacher, "formats": ["safetensors"], "out": str(folder)}
    export_run(store, arguments, lambda *_: None)
    network = Teachers(store, queue())(str(folder), 10, 1)
    assert same(network.state_dict(), load_weights(folder / "model.safetensors"))
    certificate = json.loads((folder / "certificate.json").read_text())
    (folder / "certificate.json").write_text(json.dumps({**certificate, "backbone": "resnet8"}))
    with pytest.raises(SpecError, match="is no resnet8 of this version"):
        Teachers(store, queue())(str(folder), 10, 1)
    labels = (folder / "labels.txt").read_text()
    for changed, lines, said in (
        ({"dataset": "cifar10"}, labels, "learned cifar10, but this run is about digits: name a"),
        ({}, labels + "ten\n", "knows 11 classes, but this run has 10: name a run on the same"),
    ):
        (folder / "certificate.json").write_text(json.dumps({**certificate, **changed}))
        (folder / "labels.txt").write_text(lines)
        with pytest.raises(SpecError, match=said):
            Teachers(store, queue())(str(folder), 10, 1)
    part = {"name": "exit 2 of 4"}
    (folder / "certificate.json").write_text(json.dumps({**certificate, "part": part}))
    with pytest.raises(SpecError, match="holds exit 2 of 4 of a network: export the whole of it"):
        Teachers(store, queue())(str(folder), 10, 1)
    with pytest.raises(SpecError, match="is no bundle: name the folder of an export"):
        Teachers(store, queue())(str(tmp_path), 10, 1)


def test_that_a_librarys_network_teaches_if_it_knows_as_many_classes(
    store, queue, monkeypatch
):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        name = "tv_shufflenet_v2_x0_5"
        offered = make_backbone(BackboneSpec(name=name), 10, 3).network.state_dict()
    # The library's own would be downloaded.
    monkeypatch.setattr(TorchvisionNetwork, "default_weights", lambda _: dict(offered))
    run = queue()
    teachers = Teachers(store, run)
    network = teachers(name, 10, 1)
    assert not network.training
    assert same(network.network.state_dict(), offered)
    teachers.keep()
    monkeypatch.delattr(TorchvisionNetwork, "default_weights")
    kept = Teachers(store, run)(name, 10, 1)
    assert same(kept.state_dict(), network.state_dict())
    monkeypatch.setattr(TorchvisionNetwork, "default_weights", lambda _: dict(offered))
    with pytest.raises(SpecError, match="its weights are for another number of classes than 7"):
        Teachers(store, queue())(name, 7, 1)


def test_that_a_run_without_a_teacher_is_not_queued(store, queue):
    with pytest.raises(SpecError, match=r"^Knowledge distillation: name a teacher[^\n]*$"):
        queue("kd")
    assert runs.list_runs(store) == []


def test_that_a_teacher_that_held_out_other_images_is_refused(store, train, queue):
    teacher = train()
    spec = runs.get_spec(store, queue("kd", {"teacher": f"run:{teacher}"}))
    data = spec.dataset.model_copy(update={"split_seed": 3})
    taught = spec.model_copy(update={"dataset": data})
    said = r"held out other images than this run \(validation 0.1,"
    with pytest.raises(SpecError, match=said):
        run_queue.enqueue(store, [taught])
    [other] = run_queue.enqueue(store, [taught.model_copy(update={"method": MethodSpec()})])
    with pytest.raises(SpecError, match=said):
        Teachers(store, other)(f"run:{teacher}", 10, 1)


def test_that_a_memory_of_every_image_is_no_obstacle_to_an_export(store, train):
    run = train("ps_kd")
    assert weights_of(store, run)["memory_NK"].shape == (100, 10)
    done = export_run(store, {"run": run, "formats": ["safetensors"]}, lambda *_: None)
    assert done["certificate"]["removed_modules"] == {}
