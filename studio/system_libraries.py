"""The shared libraries that Qt needs from the system: are they there, and if not, what to do.

`python -m studio.system_libraries` checks; on Debian and Ubuntu it installs what is missing when
it is run by root, and names the line to type otherwise. Elsewhere Qt brings everything itself.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

APT_PACKAGES = (
    "libegl1", "libgl1", "libglib2.0-0", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3",
    "libfontconfig1", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1",
    "libxcb-randr0", "libxcb-render-util0", "libxcb-shape0", "libxcb-xinerama0",
)
_NEEDY = ("QtWidgets.abi3.so", "QtGui.abi3.so", "Qt/plugins/platforms/libqxcb.so")


def missing_libraries() -> list[str]:
    """Names of shared libraries that Qt would not find; empty where all is well."""
    found = find_spec("PySide6")
    ldd = shutil.which("ldd")
    if not sys.platform.startswith("linux") or found is None or found.origin is None or not ldd:
        return []
    folder = Path(found.origin).parent
    missing: set[str] = set()
    for name in _NEEDY:
        if (folder / name).exists():
            said = subprocess.run(
                [ldd, str(folder / name)], capture_output=True, text=True, check=False
            )
            missing.update(re.findall(r"(\S+) => not found", said.stdout))
    return sorted(missing)


def advice(missing: list[str]) -> str:
    """One line that says what is missing, and the command that mends it."""
    listed = ", ".join(missing)
    if shutil.which("apt-get"):
        return f"Qt lacks {listed}. Type: sudo apt-get install {' '.join(APT_PACKAGES)}"
    return f"Qt lacks {listed}: install the packages of your system that hold these libraries."


def main() -> int:
    """Check, mend where that is possible; returns the exit code."""
    missing = missing_libraries()
    if missing and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        sys.stdout.write(f"Qt lacks {', '.join(missing)}: installing with apt-get ...\n")
        sys.stdout.flush()
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update", "-q"], ["install", "-q", "-y", *APT_PACKAGES]):
            subprocess.run(
                ["apt-get", *arguments], env=quiet, check=False, stdout=subprocess.DEVNULL
            )
        missing = missing_libraries()
    if missing:
        sys.stderr.write(advice(missing) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
