import subprocess
import sys

import pytest

from engine.service import FORKS

REHEARSAL = """
import threading

import torch

from engine import nursery
from engine.registry import load_plugins

def fail():
    raise AssertionError("CUDA was asked for")

torch._C._cuda_getDeviceCount = fail
load_plugins()
nursery._rehearse()
assert not torch.cuda.is_initialized()
print(threading.active_count())
"""


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux only")
def test_that_what_is_to_be_forked_has_no_threads_and_has_not_touched_a_gpu():
    done = subprocess.run(
        [sys.executable, "-c", REHEARSAL], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr
