"""What is installed is not the checkout: the wheel must have all that it needs in it."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    run(*build, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def test_that_the_wheel_holds_code_presets_and_revisions_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"engine", "studio"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    for folder in ("assets", "migrations"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"engine/_bundled/{file.relative_to(ROOT).as_posix()}" in names
    info = next(top for top in tops if top.endswith(".dist-info"))
    scripts = zipfile.ZipFile(wheel).read(f"{info}/entry_points.txt").decode()
    assert "sila = engine.__main__:main" in scripts
    assert "sila-studio = studio.app:main" in scripts
    assert f"{info}/licenses/LICENSE" in names


@pytest.mark.long
def test_that_an_installed_wheel_works_without_the_checkout(wheel, tmp_path):
    """In an environment of its own, which sees the libraries installed here but not their .pth."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env")
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = tmp_path / "env" / scripts / Path(sys.executable).name
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    zipfile.ZipFile(wheel).extractall(site)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    here = tmp_path / "empty"
    here.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SILA_"))}

    where = run(python, "-c", "import engine; print(engine.__file__)", cwd=here, env=environment)
    assert Path(where.strip()).is_relative_to(site)
    sila = [python, "-m", "engine"]
    workspace = ["--workspace", tmp_path / "workspace"]
    report = json.loads(run(*sila, "doctor", "--json", *workspace, cwd=here, env=environment))
    found = {check["name"]: check for check in report["checks"]}
    assert report["ok"]
    presets = len(list((ROOT / "assets" / "presets").glob("*.toml")))
    revisions = len(list((ROOT / "migrations" / "versions").glob("*.py")))
    assert found["bundled files"]["detail"] == f"{presets} presets, {revisions} revision(s)"
    bundled = "from engine.spec.bundled import bundled; print(bundled('migrations'))"
    folder = run(python, "-c", bundled, cwd=here, env=environment)
    assert Path(folder.strip()).is_relative_to(site)
    assert json.loads(run(*sila, "runs", "--json", *workspace, cwd=here, env=environment)) == []
    assert list(here.iterdir()) == []
