"""To be imported before Qt: no window is opened, and what lies in `benchmarks` can be imported."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.append(str(Path(__file__).parents[1]))
