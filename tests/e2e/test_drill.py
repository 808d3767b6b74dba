"""Nothing is lost when a training is killed: `sila doctor --drill`, and many kills at random."""

import os
import random
import time

import psutil
import pytest

from engine.cli.drift import compare_runs
from engine.cli.drill import Drill, Victim, drill_spec, drill_store
from engine.store import staff
from engine.store.connect import open_store

pytestmark = pytest.mark.e2e

SEED = 20261123
TRIALS = 50
ROOM = 4  # a run is as long as for so many kills, so that they fall into many places
WRITES = 12


def left_over(workspace):
    inside = f"{workspace.root}/drill-"
    return [*workspace.root.glob("drill-*")] + [
        process for process in psutil.process_iter(["cmdline"])
        if any(inside in word for word in process.info["cmdline"] or [])
    ]


@pytest.mark.slow
def test_that_a_kill_costs_nothing_on_this_machine(sila, workspace):
    out = sila.json("doctor", "--drill", "--kills", 1, "--drill-seed", 9)
    assert out["identical"] is True
    assert out["drift"] == []
    assert out["verdict"].startswith("bit-identical: 1 kill(s) (")
    [kill] = out["kills"]
    assert kill["victim"] == "worker"
    assert out["num_values"] > 300_000
    assert out["num_curves"] >= 10
    assert left_over(workspace) == []


@pytest.mark.slow
def test_that_ctrl_c_ends_a_drill_and_all_its_processes(sila, workspace, wait):
    drill = sila.start("doctor", "--drill")
    [folder] = wait(lambda: [*workspace.root.glob("drill-*/studio.sqlite3")])
    store = open_store(type(workspace)(folder.parent))
    wait(lambda: any(row["state"] == "busy" for row in staff.staff(store, "train")))
    store.close()
    drill.send_signal(2)
    out, _ = drill.communicate(timeout=30)
    assert (drill.returncode, out) == (130, "")
    assert left_over(workspace) == []


def went_on_from(store):
    """The steps at which killed runs went on."""
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT first_step FROM attempt WHERE number > 1")
        return [step for [step] in rows]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_that_no_kill_at_a_random_moment_changes_the_outcome(tmp_path):
    lost, hits, spec = [], [], drill_spec(ROOM)
    with drill_store(tmp_path) as store:
        drill = Drill(
            store, random.Random(SEED), print,
            victims=[Victim.WORKER, Victim.WORKER, Victim.ENGINE, Victim.EVERYTHING],
        )
        undisturbed, _ = drill.train(spec)
        while len(hits) < TRIALS:
            row, kills = drill.train(spec, drill.some_time(undisturbed, 1))
            hits += kills
            if drift := compare_runs(store, undisturbed.id, row.id).drift:
                lost.append(f"trial {row.id}, {kills}: {drift}")
        steps = went_on_from(store)
    assert lost == []
    assert len(hits) == TRIALS
    # Kills that always fall into the same place prove little.
    assert len(set(steps)) >= TRIALS // 4, sorted(steps)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_that_a_kill_during_the_first_checkpoint_changes_nothing(tmp_path):
    chance = random.Random(SEED)
    spec = drill_spec(0)
    with drill_store(tmp_path) as store:

        def in_the_first_write(row):
            [pid] = [r["pid"] for r in staff.staff(store, "train") if r["state"] == "busy"]
            folder = store.workspace.run_folder(row.id)
            while not any(files for _, _, files in os.walk(folder)):
                time.sleep(0.0002)
            time.sleep(chance.uniform(0, 0.01))
            psutil.Process(pid).kill()

        drill = Drill(store, chance, print, victims=[Victim.WORKER])
        undisturbed, _ = drill.train(spec)
        for _ in range(WRITES):
            row, kills = drill.train(spec, [in_the_first_write])
            assert len(kills) == 1
            assert compare_runs(store, undisturbed.id, row.id).drift == []
