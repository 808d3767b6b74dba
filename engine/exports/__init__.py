"""Formats in which networks ship, and the proof of what is shipped."""

import os

# Before onnxruntime is imported: it would keep, and may send, events about this machine.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
