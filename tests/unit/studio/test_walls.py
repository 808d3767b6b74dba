import subprocess
import sys

HEAVY = ("torch", "torchvision")
LATE = ("sqlalchemy", "pydantic", "pyqtgraph", "numpy", "scipy", "alembic")


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_that_the_window_is_imported_without_torch_and_without_what_can_wait():
    loaded = loaded_by("import studio.app")
    assert "PySide6" in loaded
    assert not loaded & {*HEAVY, *LATE}


def test_that_no_page_imports_torch():
    pages = "import importlib, studio.app; " + "; ".join(
        f"importlib.import_module('studio.pages.{page}.page')"
        for page in ("runs", "compose", "run", "compare", "export", "data", "settings")
    )
    loaded = loaded_by(pages)
    assert "pyqtgraph" in loaded
    assert not loaded & set(HEAVY)
