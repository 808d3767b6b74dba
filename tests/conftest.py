import os

# Before torch is imported anywhere: several test processes share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before a GPU is used: cuBLAS repeats its bits only so, as the engine tells its workers.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# Before Qt is imported anywhere: tests open no windows.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shutil
import urllib.request

import pytest

from engine.spec.workspace import Workspace
from engine.store.connect import open_store
from tests import leaks


def pytest_configure(config):
    # What the offscreen platform says of windows with a smallest size, and of popups.
    for said in ("propagateSizeHints", "raise\\(\\)", "grabbing the keyboard"):
        config.addinivalue_line("qt_log_ignore", f"This plugin does not support {said}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    """Fails a test while whose fixtures end Qt warns: pytest-qt has stopped listening by then."""
    with leaks.no_qt_warnings(item.config.getini("qt_log_ignore")):
        return (yield)


@pytest.fixture(autouse=True)
def nothing_outlives_its_test():
    """Fails a test after which a thread, a process, a window or a timer is there that was not."""
    with leaks.nothing_left_behind():
        yield


@pytest.fixture(scope="session")
def new_database(tmp_path_factory):
    """The database of a workspace in which nothing has happened yet: most tests begin with one."""
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    open_store(workspace).close()
    return workspace.database


@pytest.fixture
def unborn(tmp_path):
    """A workspace that is not there yet."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def workspace(unborn, new_database):
    """One in which nothing has happened yet."""
    unborn.make()
    shutil.copy(new_database, unborn.database)
    return unborn


@pytest.fixture
def no_network(monkeypatch):
    """Let every download of this test meet a closed door, and of no other test."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    # urllib reads the proxies once per process, in the opener that it then keeps.
    monkeypatch.setattr(urllib.request, "_opener", None)
