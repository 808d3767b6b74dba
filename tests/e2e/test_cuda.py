"""What must hold on a GPU: `python -m pytest -m gpu`, on a machine that has one."""

import pytest
import torch

from engine.build import make_job
from engine.spec.run_state import RunState
from engine.spec.spec_file import parse_spec
from engine.store import points, run_queue, runs, staff
from engine.training.data import Augment
from engine.training.evaluate import logits_of
from engine.worker import attempt
from tests.contract.systems import ELSEWHERE, METHODS, NEEDED, families, refused

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

FAMILIES = [name for name in families().values() if not name.startswith(ELSEWHERE)]
SPEC = """
name = "cuda"
[dataset]
name = "digits"
[training]
epochs = 3
batch_size = 64
lr = 0.05
device = "cuda"
"""


def train(store, *settings):
    [run] = run_queue.enqueue(store, parse_spec(SPEC, settings))
    claimed = run_queue.claim(store, staff.hire(store, "train"))
    state, error = attempt(store, claimed)
    run_queue.finish(store, claimed, state, error)
    return runs.get_run(store, run)


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
