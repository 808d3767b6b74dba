"""The folders of checkpoints: where they lie, which of them are whole, and which are entered.

What is in them is the business of `engine.training.checkpoint`; all that is asked here is asked
without torch.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, cast

from engine.spec.rows import RunRow
from engine.store import artifacts, runs
from engine.store.connect import Store

VERSION = 1
CHECKPOINTS = "checkpoints"
STATE, FACTS = "state.safetensors", "checkpoint.json"

_NAME = re.compile(r"step-(\d{8,})")


def identity(row: RunRow) -> str:
    """What a checkpoint says of whose it is: a run of another database may have its number."""
    return f"{row.id} {row.digest} {row.seed} {row.created_at}"


def checkpoints(folder: Path) -> dict[int, Path]:
    """The checkpoints in `folder` by their steps, damaged ones too."""
    named = ((_NAME.fullmatch(place.name), place) for place in folder.glob("step-*"))
    return {int(match[1]): place for match, place in named if match}


def read_facts(place: Path) -> dict[str, Any]:
    """All of a checkpoint but its tensors, once both files have their SHA-256.

    Raises:
        ValueError: one of them is missing or damaged; of a file that is nothing of the kind,
            whatever that leads to is raised.
    """
    try:
        read: Any = json.loads((place / FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{FACTS} is missing") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{FACTS} is no JSON") from None
    if not isinstance(read, dict) or "version" not in read:
        raise ValueError(f"{FACTS} is not of a checkpoint")
    document = cast("dict[str, Any]", read)
    if document["version"] != VERSION:
        raise ValueError(f"{FACTS} is of version {document['version']}, and this is {VERSION}")
    facts: dict[str, Any] = document["facts"]
    if document["sha256"] != facts_sha256(facts):
        raise ValueError(f"{FACTS} does not have its SHA-256")
    _check(place / STATE, facts.pop("state"))
    return facts


def seal(path: Path) -> dict[str, Any]:
    """What is kept of a file, to know it again."""
    return {"bytes": path.stat().st_size, "sha256": file_sha256(path)}


def facts_sha256(facts: object) -> str:
    """SHA-256 of plain values, however they are laid out as JSON."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def enter_what_is_there(store: Store, run: int) -> None:
    """Let the table of files have the checkpoints that a run's folder has, and no others.

    A worker enters them with its next flush: one that is killed may have written and removed some
    since. Those that it entered were whole; of others each is looked through first.
    """
    row = runs.get_run(store, run)
    there = checkpoints(store.workspace.run_folder(run) / CHECKPOINTS)
    listed = {artifacts.locate(store, file) for file in artifacts.list_artifacts(
        store, run, "checkpoint"
    )}
    new = {
        step: place for step, place in sorted(there.items())
        if place not in listed and _is_whole(place, step, row)
    }
    left = [place for place in there.values() if place in listed or place in new.values()]
    with store.write() as connection:
        for step, place in new.items():
            artifacts.put(
                connection, store, run, "checkpoint", place, step=step,
                num_bytes=runs.folder_bytes(place),
            )
        artifacts.keep_only(connection, store, run, "checkpoint", left)


def _is_whole(place: Path, step: int, row: RunRow) -> bool:
    try:
        facts = read_facts(place)
        return facts["run"] == identity(row) and facts["progress"]["step"] == step
    except Exception:  # whatever is in a damaged file raises about everything
        return False


def _check(path: Path, sealed: dict[str, Any]) -> None:
    if not path.exists():
        raise ValueError(f"{path.name} is missing")
    if (size := path.stat().st_size) != sealed["bytes"]:
        raise ValueError(f"{path.name} has {size} bytes, not {sealed['bytes']}")
    if file_sha256(path) != sealed["sha256"]:
        raise ValueError(f"{path.name} does not have its SHA-256")
