import numpy as np
import pytest

from engine import worker
from engine.spec.run_state import RunState
from engine.store import runs
from engine.store.clocks import read_clocks
from engine.store.predictions import load_peers, load_predictions, stored_peers, stored_predictions


@pytest.mark.parametrize("num_peers", [2, 3])
def test_that_what_all_peers_said_of_the_test_images_is_kept(store, claim, tiny, num_peers):
    claimed = claim(tiny("dml", {"num_peers": num_peers}))
    assert worker.attempt(store, claimed) == (RunState.COMPLETED, "")
    folder = store.workspace.run_folder(claimed.run)
    kept, shipped = stored_peers(folder), stored_predictions(folder, "test")
    assert kept.keys() == shipped.keys()
    for step, path in kept.items():
        said = load_peers(path)
        assert said.predicted_PN.shape == (num_peers, 450)
        np.testing.assert_array_equal(said.labels, load_predictions(shipped[step]).labels)
        np.testing.assert_array_equal(
            said.predicted_PN[0], load_predictions(shipped[step]).predicted
        )
        assert (said.predicted_PN[0] != said.predicted_PN[1]).any()
        agreed = (said.predicted_PN == said.predicted_PN[0]).all(axis=0)
        np.testing.assert_array_equal(said.together[agreed], said.predicted_PN[0][agreed])
    last = load_peers(kept[runs.get_run(store, claimed.run).step])
    right = 100 * np.mean(last.labels == last.predicted_PN[0])
    assert right == pytest.approx(runs.get_run(store, claimed.run).value("test/top1"))


def test_that_one_network_has_no_peers_and_a_clock(store, claim, tiny):
    claimed = claim(tiny("sila"))
    worker.attempt(store, claimed)
    assert stored_peers(store.workspace.run_folder(claimed.run)) == {}
    clock = read_clocks(store, [claimed.run])[claimed.run]
    assert (clock.num_attempts, clock.device) == (1, "cpu")
    assert isinstance(clock.threads, int)
