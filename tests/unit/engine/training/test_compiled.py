import shutil

import pytest
import torch

from engine.build import make_job
from engine.spec.errors import SpecError
from engine.spec.run_spec import RunSpec
from engine.spec.workspace import Workspace
from engine.training.compiled import Compiled
from engine.training.device import autocast, default_generator
from engine.training.loop import make_batch, update


@pytest.fixture
def job(tmp_path):
    def build(how):
        spec = RunSpec.model_validate({
            "dataset": {"train_images": 64}, "method": {"name": "sila"},
            "training": {"batch_size": 16, "device": "cpu", "compile": how, "lr": 0.01},
        })
        return make_job(spec, Workspace(tmp_path))

    return build


def learn(job, notes):
    compiled, losses = Compiled(job), []
    job.system.train()
    with compiled.in_use():
        for step, drawn in enumerate(job.batches.epoch(0)):
            batch = make_batch(job, drawn, step, default_generator(job.device))
            with compiled.step(notes.append):
                losses.append(update(job, batch, autocast(job.spec.training, job.device)))
    return [loss.total.item() for loss in losses]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("ignore")
def test_that_a_compiled_network_learns_the_same_and_leaves_nothing_behind(job):
    notes, plain = [], job("off")
    expected = learn(plain, notes)
    assert notes == []
    compiled = job("default")
    names = list(compiled.system.state_dict())
    assert learn(compiled, notes) == pytest.approx(expected, rel=1e-3)
    assert notes[0].startswith("the first step took ")
    assert notes[0].endswith(" s, compiling included")
    assert len(notes) == 1
    assert list(compiled.system.state_dict()) == names
    assert "features" not in vars(compiled.system.deployable())


def test_that_a_network_that_cannot_be_compiled_is_one_line(job, monkeypatch):
    from torch._dynamo.exc import BackendCompilerFailed

    def fail(*_):
        raise BackendCompilerFailed(lambda: None, RuntimeError("no C++ compiler"), None)

    broken = job("default")
    monkeypatch.setattr(torch, "compile", lambda *_, **__: fail)
    line = r"^\[training\] compile = 'default': PyTorch cannot compile .*; set it to off$"
    with pytest.raises(SpecError, match=line):
        learn(broken, [])


def test_that_other_faults_stay_what_they_are(job, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    broken = job("default")
    monkeypatch.setattr(torch, "compile", lambda *_, **__: fail)
    with pytest.raises(ZeroDivisionError):
        learn(broken, [])
    assert "features" not in vars(broken.system.deployable())
