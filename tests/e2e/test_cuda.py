"""What must hold on a GPU: `python -m pytest -m gpu`, on a machine that has one."""

import numpy as np
import pytest
import torch

from engine.build import make_job
from engine.losses.targets import Targets
from engine.methods.method import Loss
from engine.spec.run_state import RunState
from engine.spec.spec_file import parse_spec
from engine.store import points, run_queue, runs, staff
from engine.training import data, loop
from engine.training import recorder as recorder_module
from engine.training.data import Augment, Images
from engine.training.evaluate import logits_of
from engine.training.ledger import Ledger
from engine.training.recorder import Recorder
from engine.training.weights import LAST_WEIGHTS, load_weights
from engine.worker import attempt
from tests.contract.systems import ELSEWHERE, METHODS, NEEDED, families, refused

UNREPEATED = "ignore:.* does not have a deterministic implementation:UserWarning"
"""What PyTorch says, by the engine's wish, of a layer that cannot repeat its bits on a GPU."""

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings(UNREPEATED),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

DEVICE = "cuda"
FAMILIES = [name for name in families().values() if not name.startswith(ELSEWHERE)]
SPEC = f"""
name = "cuda"
[dataset]
name = "digits"
[training]
epochs = 3
batch_size = 64
lr = 0.05
device = "{DEVICE}"
"""


def claim(store):
    return run_queue.claim(store, staff.hire(store, "train"))


def trained(store, claimed):
    state, error = attempt(store, claimed)
    run_queue.finish(store, claimed, state, error)
    return runs.get_run(store, claimed.run)


def train(store, *settings):
    run_queue.enqueue(store, parse_spec(SPEC, settings))
    return trained(store, claim(store))


def outcome(store, row):
    """The last weights of a completed run, and every point but those that measure the machine."""
    assert row.state is RunState.COMPLETED, row.error
    keys = [key for key in points.series_keys(store, row.id) if not key.startswith("system/")]
    read = {key: points.read_series(store, [row.id], key)[row.id] for key in keys}
    weights = load_weights(store.workspace.run_folder(row.id) / LAST_WEIGHTS)
    return weights, {key: (p.steps.tolist(), p.values.tolist()) for key, p in read.items()}


def assert_same_bits(got, expected):
    assert got[1] == expected[1]
    assert got[0].keys() == expected[0].keys()
    assert [name for name in got[0] if not torch.equal(got[0][name], expected[0][name])] == []


@pytest.mark.parametrize("method", [m for m in METHODS if m not in NEEDED])
def test_that_every_method_trains_on_cuda_in_bfloat16(store, method):
    backbone = "slimmable_resnet20" if refused(method, "resnet8") else "resnet8"
    row = train(store, f"method.name={method}", f"backbone.name={backbone}")
    assert row.state is RunState.COMPLETED, row.error
    assert row.value("test/top1") > 60
    series = points.read_series(store, [row.id], "train/loss")[row.id]
    assert series.steps.tolist() == list(range(1, row.num_steps + 1))


@pytest.mark.parametrize("backbone", FAMILIES)
def test_that_every_family_trains_on_cuda_in_bfloat16(store, backbone):
    row = train(store, f"backbone.name={backbone}", "training.epochs=1", "training.lr=0.01")
    assert row.state is RunState.COMPLETED, row.error


@pytest.mark.parametrize("regularizer", ["label_smoothing", "mixup", "cutmix"])
@pytest.mark.parametrize("sharpness", ["none", "sam", "asam"])
def test_that_regularizers_and_sharpness_train_on_cuda(store, regularizer, sharpness):
    row = train(
        store, f"regularizers.{regularizer}={{}}", f"training.sharpness={sharpness}",
        "method.name=sila",
    )
    assert row.state is RunState.COMPLETED, row.error


def test_that_a_loss_that_is_not_finite_is_noticed_on_cuda(store):
    row = train(store, "training.lr=50.0", "training.weight_decay=9.0")
    assert row.state is RunState.FAILED
    assert "the loss term 'ce' became" in row.error


def test_that_augmentation_and_evaluation_agree_with_the_cpu(workspace):
    [spec] = parse_spec(SPEC)
    job = make_job(spec, workspace)
    on_cpu = make_job(
        spec.model_copy(update={"training": spec.training.model_copy(update={"device": "cpu"})}),
        workspace,
    )
    for there, here in zip(job.batches.epoch(0), on_cpu.batches.epoch(0), strict=True):
        assert torch.equal(there.y_B.cpu(), here.y_B)
        torch.testing.assert_close(there.views[0].cpu(), here.views[0])
    assert isinstance(job.batches.augment, Augment)
    logits = logits_of(job.system.deployable(), job.test, job.normalise)
    expected = logits_of(on_cpu.system.deployable(), on_cpu.test, on_cpu.normalise)
    torch.testing.assert_close(logits.cpu(), expected, rtol=1e-2, atol=1e-3)


class Killed(BaseException):
    """What no handler of the training sees coming."""


@pytest.mark.filterwarnings(UNREPEATED.replace("ignore", "error"))
@pytest.mark.parametrize("method", ["plain", "sila", "dml", "cs_kd"])
def test_that_deterministic_trainings_give_the_same_bits_whether_killed_or_not(
    store, monkeypatch, method
):
    settings = (f"method.name={method}", "training.deterministic=true")
    expected = outcome(store, train(store, *settings))
    assert_same_bits(outcome(store, train(store, *settings)), expected)
    left, update = iter(range(30)), loop.update

    def die_later(*step):
        if next(left, None) is None:
            raise Killed
        return update(*step)

    often = "training.checkpoint_minutes=0.0001"  # it does not change the numbers
    run_queue.enqueue(store, parse_spec(SPEC, (*settings, often)))
    claimed = claim(store)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "update", die_later)
        with pytest.raises(Killed):
            attempt(store, claimed)
    run_queue.finish(store, claimed, RunState.INTERRUPTED)
    run_queue.resume(store, claimed.run)
    torch.manual_seed(12345)  # whatever happened between the two attempts
    row = trained(store, claim(store))
    assert_same_bits(outcome(store, row), expected)
    [said] = [e.text for e in runs.read_log(store, row.id) if e.text.startswith("goes on from")]
    step = int(said.split()[-1])
    assert step <= 30
    assert step % (row.num_steps // 3), "it went on from the end of an epoch"


@pytest.fixture
def compilers():
    """PyTorch compiles in processes that it keeps: here they end with the test."""
    yield
    from torch._inductor.async_compile import shutdown_compile_workers

    torch._dynamo.reset()
    shutdown_compile_workers()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("how", ["default", "cuda_graphs"])
@pytest.mark.parametrize("method", ["plain", "sila", "dml"])
def test_that_a_compiled_network_learns_the_same_on_cuda(
    store, monkeypatch, compilers, how, method
):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    settings = (
        f"method.name={method}", "training.precision=float32", "training.lr=0.02",
        "training.gradients_every=0",  # a compiled step cannot go back twice to look at them
    )
    expected = outcome(store, train(store, *settings))[1]
    row = train(store, *settings, f"training.compile={how}")
    got = outcome(store, row)[1]
    assert got.keys() == expected.keys()
    for key, (steps, values) in expected.items():
        assert got[key][0] == steps
        if key.startswith("train/loss"):
            assert got[key][1] == pytest.approx(values, rel=0.1, abs=0.05), key
    # Rounding turns a few images of a batch; logits of another step would turn most of them.
    top1 = expected["train/top1"][1]
    assert got["train/top1"][1] == pytest.approx(top1, abs=15.0)
    assert np.mean(got["train/top1"][1]) == pytest.approx(np.mean(top1), abs=2.0)
    assert top1[-1] > 60
    log = [line.text for line in runs.read_log(store, row.id)]
    assert [line for line in log if line.endswith(" s, compiling included")] != []


@pytest.mark.parametrize("method", ["plain", "cs_kd"])  # cs_kd reads partners beside the images
def test_that_images_that_do_not_fit_the_gpu_give_the_same_training(
    store, workspace, monkeypatch, method
):
    expected = outcome(store, train(store, f"method.name={method}"))
    monkeypatch.setattr(data, "DEVICE_SHARE", 0)
    [spec] = parse_spec(SPEC)
    assert make_job(spec, workspace).batches.images.index_device.type == "cpu"
    assert_same_bits(outcome(store, train(store, f"method.name={method}")), expected)


def test_that_streamed_batches_stay_whole_while_the_gpu_lags_behind(monkeypatch):
    monkeypatch.setattr(data, "DEVICE_SHARE", 0)
    draws = np.random.default_rng(0)
    images_NHWC = draws.integers(0, 256, (4096, 32, 32, 3), np.uint8)
    labels_N, rows = draws.integers(0, 10, 4096), draws.permutation(4096)[:4000]
    split, seen = Images(images_NHWC, labels_N, rows, torch.device(DEVICE)), []
    for images_BHWC, y_B in split.batches(64):
        assert images_BHWC.device.type == DEVICE
        torch.cuda._sleep(1_000_000)
        seen.append((images_BHWC.clone(), y_B.clone()))
    got_NHWC, got_N = (torch.cat(parts).cpu() for parts in zip(*seen, strict=True))
    assert torch.equal(got_NHWC, torch.from_numpy(images_NHWC[rows]))
    assert torch.equal(got_N, torch.from_numpy(labels_N[rows]))


@pytest.mark.filterwarnings("ignore:Synchronization debug mode")
def test_that_steps_on_cuda_are_recorded_right_and_without_waiting(store, monkeypatch):
    monkeypatch.setattr(recorder_module, "FLUSH_S", 60.0)  # nothing is looked at meanwhile
    [run] = run_queue.enqueue(store, parse_spec(SPEC))
    draws = torch.Generator().manual_seed(0)
    logits_SBK = torch.randn(100, 8, 10, generator=draws)
    y_SB = torch.randint(10, (2, 100, 8), generator=draws)
    terms_S2 = torch.rand(100, 2, generator=draws)
    share_S = torch.rand(100, generator=draws).tolist()
    on_gpu = [x.to(DEVICE) for x in (logits_SBK, *y_SB, terms_S2)]
    ledger = Ledger(store, run, lambda _: "down", {})
    with Recorder(store, run, ledger, batch_size=8) as recording:
        torch.cuda.set_sync_debug_mode("error")
        try:
            for step, (logits_BK, y_B, other_B, terms) in enumerate(zip(*on_gpu, strict=True)):
                loss = Loss({"ce": terms[0], "kl": terms[1]}, logits_BK)
                recording.step(step + 1, loss, Targets(y_B, other_B, share_S[step]), 0.1)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    right_SB = (logits_SBK.argmax(2) == y_SB).float().mean(2)
    top1 = [100 * (s * a + (1 - s) * b) for s, a, b in zip(share_S, *right_SB, strict=True)]
    for key, values in {
        "train/loss": terms_S2.sum(1), "train/loss/ce": terms_S2[:, 0],
        "train/loss/kl": terms_S2[:, 1], "train/top1": torch.stack(top1),
    }.items():
        series = points.read_series(store, [run], key)[run]
        assert series.steps.tolist() == list(range(1, 101))
        assert series.values == pytest.approx(values.numpy(), rel=1e-5), key
