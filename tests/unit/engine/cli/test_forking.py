import json

import pytest

from engine.cli.forking import fork_runs
from engine.publish import publish_catalog
from engine.spec.errors import SpecError
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.workspace import Workspace
from engine.store import artifacts, run_queue, runs, schema
from engine.store.connect import open_store

STEPS = 9


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A workspace with a run of which there is the checkpoint of epoch 2."""
    opened = open_store(Workspace(tmp_path_factory.mktemp("forked")))
    publish_catalog(opened)
    method = MethodSpec(name="sila", options={"beta": 0.5})
    (run,) = run_queue.enqueue(opened, [RunSpec(method=method)])
    with opened.write() as connection:
        connection.execute(schema.run.update().values(steps_per_epoch=STEPS))
    place = opened.workspace.run_folder(run) / "checkpoints" / f"step-{2 * STEPS:08}"
    place.mkdir(parents=True)
    (place / "checkpoint.json").write_text(json.dumps({}))
    artifacts.record(opened, run, "checkpoint", place, step=2 * STEPS, num_bytes=2)
    yield opened
    opened.close()


def test_that_a_fork_without_an_epoch_tells_which_there_are(store):
    with pytest.raises(SpecError, match=r"^name an epoch with --at; there are checkpoints of: 2$"):
        fork_runs(store, [1], None, [])


def test_that_overrides_change_the_parents_spec(store):
    (number,) = fork_runs(store, [1], 2, ["method.options.alpha=0", "training.lr=0.01"], "off")
    spec = runs.get_spec(store, number)
    assert spec.method.options == {"beta": 0.5, "alpha": 0.0}
    assert spec.training.lr == 0.01
    assert runs.get_run(store, number).name == "off"


def test_that_another_method_begins_with_its_own_options(store):
    (number,) = fork_runs(store, [1], 2, ["method.name=plain"])
    assert runs.get_spec(store, number).method == MethodSpec(name="plain")
    same, = fork_runs(store, [1], 2, ["method.name=sila"])
    assert runs.get_spec(store, same).method.options == {"beta": 0.5}


@pytest.mark.parametrize(("setting", "said"), [
    ("method.options.alhpa=0", r"unknown key 'alhpa' .*did you mean 'alpha'"),
    ("seeds=[0, 1]", "unknown key 'seeds'"),
    ("training.batch_size=64", r"leave training\.batch_size at 128"),
])
def test_that_what_cannot_be_changed_is_refused(store, setting, said):
    before = len(runs.list_runs(store))
    with pytest.raises(SpecError, match=said):
        fork_runs(store, [1], 2, [setting])
    assert len(runs.list_runs(store)) == before
