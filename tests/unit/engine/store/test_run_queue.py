import numpy as np
import pytest

from engine.spec.errors import SpecError, StoreError
from engine.spec.options import parse
from engine.spec.rows import Summary
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.store import points, run_queue, runs, schema, staff
from engine.store.connect import open_store
from engine.store.points import Points

STATES = tuple(RunState)
ENDED = tuple(state for state in RunState if not state.is_active)


@pytest.fixture
def in_state(store, enqueue, worker):
    """A function: a run that got into a state by the way that leads there."""

    def make(state):
        (run,) = enqueue()
        if state is not RunState.QUEUED:
            claimed = run_queue.claim(store, worker)
            assert claimed is not None
            if state is not RunState.RUNNING:
                error = "why" if state is RunState.FAILED else ""
                run_queue.finish(store, claimed, state, error)
        assert runs.get_run(store, run).state is state
        return run

    return make


def state_of(store, run):
    return runs.get_run(store, run).state


def test_that_a_queued_run_is_all_that_its_spec_says(store):
    spec = RunSpec(name="exp", seed=5)
    (run,) = run_queue.enqueue(store, [spec])
    row = runs.get_run(store, run)
    assert (row.experiment, row.seed, row.state, row.digest, row.context) == (
        "exp", 5, RunState.QUEUED, spec.digest(), spec.context_digest()
    )
    assert (row.method, row.backbone, row.dataset, row.epochs) == (
        "plain", "resnet8", "digits", 30
    )
    assert row.name == "plain resnet8 digits s5"
    assert runs.get_spec(store, run) == spec


def test_that_a_run_is_named_with_the_options_that_tell_it_from_others(store):
    options = {"alpha": 0.0, "beta": 1.0, "teacher_view": True}
    spec = RunSpec(
        seed=3, method=MethodSpec(name="sila", options=options), regularizers={"mixup": {}}
    )
    teacher = RunSpec(method=MethodSpec(name="dml", options={"peer_backbones": ["a", "b"]}))
    rows = [runs.get_run(store, run) for run in run_queue.enqueue(store, [spec, teacher])]
    assert [row.variant for row in rows] == [
        "sila+mixup (alpha = 0, beta = 1, teacher_view = yes)", "dml (peer_backbones = a/b)",
    ]
    assert rows[0].name == f"{rows[0].variant} resnet8 digits s3"
    assert rows[0].method == "sila+mixup"


def test_that_runs_are_claimed_in_the_order_of_the_queue(store, enqueue, worker):
    first, second, third = enqueue(3)
    runs.annotate(store, third, position=0.5)
    run_queue.set_parallel_runs(store, 9)
    got = [run_queue.claim(store, worker).run for _ in range(3)]
    assert got == [third, first, second]
    assert run_queue.claim(store, worker) is None


def test_that_no_more_runs_train_at_once_than_allowed(store, enqueue, worker):
    enqueue(3)
    first = run_queue.claim(store, worker)
    assert run_queue.claim(store, worker) is None
    run_queue.set_parallel_runs(store, 2)
    assert run_queue.parallel_runs(store) == 2
    second = run_queue.claim(store, worker)
    assert second is not None
    assert run_queue.claim(store, worker) is None
    run_queue.finish(store, first, RunState.COMPLETED)
    assert run_queue.claim(store, worker) is not None


def test_that_a_claim_makes_an_attempt(store, enqueue, worker):
    (run,) = enqueue()
    claimed = run_queue.claim(store, worker)
    row = runs.get_run(store, run)
    assert (claimed.run, claimed.number, row.state) == (run, 1, RunState.RUNNING)
    assert row.started_at is not None
    assert staff.staff(store, "train")[0]["state"] == "busy"
    run_queue.finish(store, claimed, RunState.INTERRUPTED)
    run_queue.resume(store, run)
    again = run_queue.claim(store, worker)
    assert (again.number, again.attempt != claimed.attempt) == (2, True)


def test_that_a_run_has_begun_when_its_first_attempt_did(store, enqueue, worker):
    (run,) = enqueue()
    claimed = run_queue.claim(store, worker)
    with store.write() as connection:
        connection.execute(schema.run.update().values(started_at=100.0))
    run_queue.finish(store, claimed, RunState.INTERRUPTED)
    run_queue.resume(store, run)
    run_queue.claim(store, worker)
    assert runs.get_run(store, run).started_at == 100.0


@pytest.mark.parametrize("kind", run_queue.STATE_AFTER)
def test_that_a_queued_run_is_taken_from_the_queue_at_once(store, enqueue, worker, kind):
    (run,) = enqueue()
    assert run_queue.ask(store, run, kind) is RunState.QUEUED
    assert state_of(store, run) is run_queue.STATE_AFTER[kind]
    assert run_queue.claim(store, worker) is None
    assert "taken from the queue" in runs.read_log(store, run)[-1].text


@pytest.mark.parametrize("kind", run_queue.STATE_AFTER)
def test_that_a_running_run_is_told(store, in_state, kind):
    run = in_state(RunState.RUNNING)
    assert run_queue.pending_request(store, run) is None
    assert run_queue.ask(store, run, kind) is RunState.RUNNING
    assert state_of(store, run) is RunState.RUNNING
    assert run_queue.pending_request(store, run) == kind


def test_that_the_newest_request_counts_and_is_forgotten_when_the_attempt_ends(
    store, enqueue, worker
):
    (run,) = enqueue()
    claimed = run_queue.claim(store, worker)
    run_queue.ask(store, run, run_queue.PAUSE)
    run_queue.ask(store, run, run_queue.STOP)
    assert run_queue.pending_request(store, run) == run_queue.STOP
    run_queue.finish(store, claimed, RunState.CANCELLED)
    assert run_queue.pending_request(store, run) is None
    run_queue.resume(store, run)
    run_queue.claim(store, worker)
    assert run_queue.pending_request(store, run) is None


@pytest.mark.parametrize("kind", run_queue.STATE_AFTER)
@pytest.mark.parametrize("state", ENDED)
def test_that_a_run_that_ended_cannot_be_stopped(store, in_state, state, kind):
    run = in_state(state)
    with pytest.raises(StoreError, match=f"^run {run} is {state} already$"):
        run_queue.ask(store, run, kind)
    assert state_of(store, run) is state


@pytest.mark.parametrize("state", STATES)
def test_that_a_run_is_resumed_exactly_where_that_makes_sense(store, in_state, state):
    run = in_state(state)
    if state.can_resume:
        run_queue.resume(store, run)
        row = runs.get_run(store, run)
        assert (row.state, row.error, row.finished_at) == (RunState.QUEUED, "", None)
        assert f"was {state}" in runs.read_log(store, run)[-1].text
    else:
        with pytest.raises(StoreError, match=f"^run {run} is {state}: there is nothing to resume$"):
            run_queue.resume(store, run)
        assert state_of(store, run) is state


def test_that_a_run_in_the_trash_is_not_claimed_and_keeps_its_place_in_the_queue(
    store, enqueue, worker
):
    first, second = enqueue(2)
    runs.trash(store, [first, second])
    assert not run_queue.can_claim(store)
    assert run_queue.claim(store, worker) is None
    assert not staff.has_work(store)
    runs.restore(store, [second, first])
    assert staff.has_work(store)
    assert run_queue.claim(store, worker).run == first


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.PAUSED, RunState.COMPLETED])
def test_that_nothing_is_asked_of_a_run_in_the_trash_and_it_does_not_teach(store, in_state, state):
    run = in_state(state)
    taught = RunSpec(method=MethodSpec(name="kd", options={"teacher": f"run:{run}"}))
    runs.trash(store, [run])
    for act in (
        lambda: run_queue.ask(store, run, run_queue.STOP), lambda: run_queue.resume(store, run),
        lambda: run_queue.enqueue(store, [taught]),
        lambda: run_queue.check_teachers(store, [taught]),
    ):
        with pytest.raises(StoreError, match=f"there is no run ({run} in |of that number$)"):
            act()
    runs.restore(store, [run])
    assert state_of(store, run) is state


def test_that_an_unknown_run_is_named(store, workspace):
    for act in (
        lambda: run_queue.ask(store, 7, run_queue.STOP), lambda: run_queue.resume(store, 7),
        lambda: runs.get_run(store, 7), lambda: runs.get_spec(store, 7),
        lambda: runs.annotate(store, 7, note="x"), lambda: runs.delete_runs(store, [7]),
    ):
        with pytest.raises(StoreError, match=r"^there is no run 7 in "):
            act()


def test_that_a_failed_run_says_why_in_row_and_log(store, in_state):
    run = in_state(RunState.FAILED)
    row, line = runs.get_run(store, run), runs.read_log(store, run)[-1]
    assert (row.error, row.finished_at is not None) == ("why", True)
    assert (line.level, line.text) == ("error", "failed: why")
    assert runs.read_log(store, run, after=line.id) == []


def test_that_the_points_of_a_completed_run_are_merged(store, enqueue, worker):
    (run,) = enqueue()
    claimed = run_queue.claim(store, worker)
    for step in (1, 2, 3):
        with store.write() as connection:
            block = Points(np.array([step]), np.array([1e9]), np.array([step / 2]))
            points.append(connection, run, {"a": block}, {"a": Summary(1.0, step, None, None)})
    assert len(points.tail(store, 0, [run])[1]) == 3
    run_queue.finish(store, claimed, RunState.COMPLETED, final_step=3)
    (block,) = points.tail(store, 0, [run])[1]
    assert block.points.values.tolist() == [0.5, 1.0, 1.5]
    assert runs.get_run(store, run).step == 3


def test_that_colours_go_round(store, enqueue):
    numbers = enqueue(run_queue.NUM_COLOURS + 1)
    colours = [runs.get_run(store, run).colour for run in numbers]
    assert colours == [*range(run_queue.NUM_COLOURS), 0]


def test_that_a_new_run_has_a_colour_that_no_other_has_while_there_are_some(store, enqueue):
    first, *_ = (enqueue()[0] for _ in range(4))
    runs.delete_runs(store, [first])
    assert [runs.get_run(store, enqueue()[0]).colour for _ in range(2)] == [0, 4]


CLAIM_ALL = """
import sys
from pathlib import Path
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace
from engine.store import run_queue, staff
from engine.store.connect import open_store
store = open_store(Workspace(Path(sys.argv[1])))
worker = staff.hire(store, "train")
run_queue.set_parallel_runs(store, 99)
while (claimed := run_queue.claim(store, worker)) is not None:
    print(claimed.run)
    run_queue.finish(store, claimed, RunState.COMPLETED)
store.close()
"""


def test_that_every_run_is_claimed_once_by_many_processes_beside_a_reader(
    store, enqueue, spawn, workspace
):
    wanted = enqueue(60)
    workers = [spawn(CLAIM_ALL, workspace.root) for _ in range(4)]
    reader, reads = open_store(workspace), 0
    while any(process.poll() is None for process in workers):
        done = sum(row.state is RunState.COMPLETED for row in runs.list_runs(reader))
        assert 0 <= done <= 60
        reads += 1
    reader.close()
    said = [process.communicate() for process in workers]
    assert [errors for _, errors in said] == [""] * 4
    claimed = [int(number) for out, _ in said for number in out.split()]
    assert sorted(claimed) == wanted
    assert reads > 3
    assert all(row.state is RunState.COMPLETED for row in runs.list_runs(store))


def test_that_a_run_taught_by_one_that_is_not_there_or_failed_is_not_queued(store, in_state):
    def taught_by(source):
        method = MethodSpec(name="kd", options={"teacher": source})
        return run_queue.enqueue(store, [RunSpec(method=method)])

    with pytest.raises(StoreError, match=r"^teacher 'run:99': there is no run of that number$"):
        taught_by("run:99")
    failed = in_state(RunState.FAILED)
    with pytest.raises(StoreError, match="the run is failed; only a completed run can teach"):
        taught_by(f"run:{failed}/last")
    assert [row.id for row in runs.list_runs(store)] == [failed]
    assert taught_by(f"run:{in_state(RunState.COMPLETED)}")
    assert taught_by(f"run:{in_state(RunState.QUEUED)}"), "it will be trained before"


@pytest.mark.parametrize(("method", "changed", "said"), [
    ("kd", {"dataset": {"name": "cifar10"}},
     "learned digits, but this run is about cifar10: name a run on the same dataset"),
    *[("kd", {"dataset": data}, "held out other images than this run (validation 0.1, split seed "
       "0): it may have learned what this run chooses by; name one with the same folder and split")
      for data in ({"root": "/d"}, {"options": {"a": 1}}, {"validation": 0.2}, {"split_seed": 1})],
    ("tf_kd_self", {"backbone": {"name": "resnet20"}},
     "is another network than the one it would teach: tf_kd_self needs a run of the same backbone, "
     "kd takes any"),
])
def test_that_a_run_whose_teacher_does_not_fit_is_not_queued(store, enqueue, method, changed, said):
    (teacher,) = enqueue()
    table = {"method": {"name": method, "options": {"teacher": f"run:{teacher}"}}}
    unfit = parse(RunSpec, {**table, **changed}, "spec")
    for ask in (run_queue.check_teachers, run_queue.enqueue):
        with pytest.raises(SpecError) as caught:
            ask(store, [parse(RunSpec, table, "spec"), unfit])
        assert str(caught.value) == f"teacher 'run:{teacher}' {said}"
    assert [row.id for row in runs.list_runs(store)] == [teacher]
    assert run_queue.enqueue(store, [parse(RunSpec, table, "spec")])


def queued(store):
    rows = [row for row in runs.list_runs(store) if row.state is RunState.QUEUED]
    return [row.id for row in sorted(rows, key=lambda row: (row.position, row.id))]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([4, 1, 2, 3], [4, 1, 2, 3]),
        ([3, 1], [3, 2, 1, 4]),
        ([9, 4, 4, 2], [1, 4, 3, 2]),
        ([2], [1, 2, 3, 4]),
        ([], [1, 2, 3, 4]),
    ],
)
def test_that_named_runs_follow_each_other_so_and_others_keep_their_places(
    store, enqueue, order, expected
):
    enqueue(4)
    run_queue.arrange(store, order)
    assert queued(store) == expected


def test_that_what_left_the_queue_meanwhile_is_passed_over(store, enqueue, worker):
    first, second, third, fourth = enqueue(4)
    run_queue.claim(store, worker)
    place = runs.get_run(store, first).position
    runs.trash(store, [second])
    run_queue.arrange(store, [fourth, first, second, third])
    assert queued(store) == [fourth, third]
    assert runs.get_run(store, first).position == place
    runs.restore(store, [second])
    assert queued(store) == [second, fourth, third]


def test_that_a_queued_run_becomes_what_its_new_spec_says_at_its_place(store, enqueue):
    first, second = enqueue(2)
    runs.annotate(store, first, tags=["kept"], note="kept", pinned=True)
    before = runs.get_run(store, first)
    spec = RunSpec(name="other", seed=7, method=MethodSpec(name="sila", options={"alpha": 0.2}))
    run_queue.replace_spec(store, first, spec)
    row = runs.get_run(store, first)
    assert runs.get_spec(store, first) == spec
    assert (row.experiment, row.seed, row.digest, row.method, row.options) == (
        "other", 7, spec.digest(), "sila", {"alpha": 0.2}
    )
    assert row.name == "sila (alpha = 0.2) resnet8 digits s7"
    assert (row.tags, row.note, row.pinned) == (("kept",), "kept", True)
    assert (row.position, row.colour, row.created_at) == (
        before.position, before.colour, before.created_at
    )
    assert queued(store) == [first, second]
    assert runs.read_log(store, first)[-1].text == "changed while it was queued"


def test_that_a_name_of_the_users_own_outlives_another_spec(store, enqueue):
    (run,) = enqueue()
    runs.annotate(store, run, name="mine")
    run_queue.replace_spec(store, run, RunSpec(seed=7))
    assert runs.get_run(store, run).name == "mine"


@pytest.mark.parametrize("state", [state for state in STATES if state is not RunState.QUEUED])
def test_that_only_a_queued_run_takes_another_spec(store, in_state, state):
    run = in_state(state)
    before = runs.get_spec(store, run)
    with pytest.raises(StoreError, match=f"is {state} already and was left as it is"):
        run_queue.replace_spec(store, run, RunSpec(seed=7))
    assert runs.get_spec(store, run) == before


def test_that_a_run_that_waits_to_go_on_takes_no_other_spec(store, in_state):
    run = in_state(RunState.PAUSED)
    run_queue.resume(store, run)
    with pytest.raises(StoreError, match="has begun and was left as it is"):
        run_queue.replace_spec(store, run, RunSpec(seed=7))


def test_that_a_run_takes_no_teacher_that_is_not_there(store, enqueue):
    (run,) = enqueue()
    taught = RunSpec(method=MethodSpec(name="kd", options={"teacher": "run:99"}))
    with pytest.raises(StoreError, match="there is no run of that number"):
        run_queue.replace_spec(store, run, taught)
    assert runs.get_run(store, run).method == "plain"
