import pytest

from engine.spec.errors import StoreError
from studio.report.text import WRITERS, save_text


def test_that_a_text_is_saved_in_utf8(tmp_path):
    save_text(tmp_path / "table.md", "91.1 ± 0.2")
    assert (tmp_path / "table.md").read_bytes() == "91.1 ± 0.2".encode()


def test_that_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        save_text(tmp_path / "nowhere" / "table.md", "x")


def test_that_every_format_has_an_ending():
    assert [ending for ending, _ in WRITERS.values()] == ["csv", "md", "tex"]
