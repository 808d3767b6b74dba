import pytest

from engine.spec.errors import StoreError
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace, find_workspace


def test_that_a_named_workspace_wins_over_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SILA_WORKSPACE", str(tmp_path / "said"))
    assert find_workspace().root == tmp_path / "said"
    assert find_workspace(tmp_path / "named").root == tmp_path / "named"
    monkeypatch.delenv("SILA_WORKSPACE")
    assert "sila-studio" in str(find_workspace().root)


def test_that_the_home_folder_may_be_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_workspace("~/here").root == tmp_path / "here"


def test_that_finding_a_workspace_makes_nothing(tmp_path):
    find_workspace(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_that_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match=r"^cannot use the workspace [^\n]*--workspace[^\n]*$"):
        Workspace(tmp_path / "file" / "inside").make()
    assert (tmp_path / "file").read_text() == "mine"


def test_that_a_state_is_active_or_can_be_resumed_or_is_completed():
    for state in RunState:
        assert state.is_active + state.can_resume + (state is RunState.COMPLETED) == 1
