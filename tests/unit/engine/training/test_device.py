import os

import pytest
import torch

from engine.spec.errors import SpecError
from engine.spec.run_spec import TrainingSpec
from engine.training.device import autocast, choose_device, choose_threads, default_generator

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:99", "nonsense", "cpu:x", "", "meta"])
def test_that_a_device_that_is_not_there_is_refused_in_one_line(name):
    with pytest.raises(SpecError) as caught:
        choose_device(name)
    assert str(caught.value) == f"[training] device = '{name}': there is no such device here"


def test_that_auto_takes_a_gpu_where_there_is_one():
    gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    assert (choose_device("auto").type != "cpu") == gpu
    assert choose_device("cpu") == CPU


@pytest.fixture
def eight_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def test_that_threads_are_those_asked_for_or_the_runs_share_of_the_cores(eight_cores):
    assert choose_threads(TrainingSpec(threads=3), 2, 10**6) == 3
    assert choose_threads(TrainingSpec()) == 8
    assert choose_threads(TrainingSpec(), parallel_runs=3) == 2
    assert choose_threads(TrainingSpec(), parallel_runs=9) == 1


@pytest.mark.parametrize(("work", "expected"), [
    (0, 1), (10**6, 1), (2 * 10**8 - 1, 1), (3 * 10**8, 3), (10**12, 8),
])
def test_that_every_thread_has_work_that_pays(eight_cores, work, expected):
    assert choose_threads(TrainingSpec(), work=work) == expected


def test_that_a_cpu_computes_in_bfloat16_only_when_told():
    a = torch.randn(4, 4)
    for precision, expected in [
        ("auto", torch.float32), ("float32", torch.float32), ("bfloat16", torch.bfloat16)
    ]:
        with autocast(TrainingSpec(precision=precision), CPU):
            assert (a @ a).dtype == expected


def test_that_noise_comes_from_the_generator_that_dropout_draws_from():
    default_generator(CPU).manual_seed(3)
    first = torch.rand(2)
    default_generator(CPU).manual_seed(3)
    assert torch.equal(torch.rand(2), first)
