import subprocess
import sys


def test_that_importing_the_analysis_waits_for_neither_scipy_nor_torch():
    modules = ["compare", "config_diff", "curves", "intervals", "reduce", "smoothing", "tables"]
    code = (
        "import sys\n"
        + "".join(f"import engine.analysis.{name}\n" for name in modules)
        + "assert not {'scipy', 'torch', 'pydantic'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
