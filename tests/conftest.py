import os

# Before torch is imported anywhere: several test processes share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before Qt is imported anywhere: tests open no windows.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from engine.spec.workspace import Workspace


def pytest_configure(config):
    # What the offscreen platform says of windows with a smallest size, and of popups.
    for said in ("propagateSizeHints", "raise\\(\\)", "grabbing the keyboard"):
        config.addinivalue_line("qt_log_ignore", f"This plugin does not support {said}")


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")
