"""What trackers have written, read back without the code that wrote it."""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

Curves = dict[str, list[tuple[int, float]]]
"""Step and value of each figure, in the order in which they were written."""


def wandb_curves(folder: Path) -> tuple[Curves, dict[str, Any], list[Any]]:
    """Curves, config and table files of the offline records below ``folder``, oldest first."""
    from wandb.proto import wandb_internal_pb2 as pb

    curves: Curves = defaultdict(list)
    config: dict[str, Any] = {}
    for path in sorted(folder.glob("offline-run-*/*.wandb")):
        for data in _leveldb_records(path.read_bytes()):
            record = pb.Record()
            record.ParseFromString(data)
            kind = record.WhichOneof("record_type")
            if kind == "history":
                row = {
                    item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item
                }
                _spread(curves, row)
            elif kind in ("run", "config"):
                update = record.run.config if kind == "run" else record.config
                config |= {i.key or ".".join(i.nested_key): json.loads(i.value_json) for i in update.update}
    tables = [json.loads(path.read_text()) for path in sorted(folder.glob("offline-run-*/files/media/table/*"))]
    return curves, config, tables


def _leveldb_records(data: bytes) -> list[bytes]:
    """The records of a log in LevelDB's form, after W&B's header of 7 bytes."""
    records, part, at = [], b"", 7
    while at + 7 <= len(data):
        if (room := 32768 - at % 32768) < 7:
            at += room
            continue
        length, kind = struct.unpack("<HB", data[at + 4 : at + 7])
        part += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            records.append(part)
            part = b""
    return records


def trackio_curves(folder: Path, run: str) -> tuple[Curves, dict[str, Any], list[Any]]:
    """Curves, config and tables of ``run`` in the database in ``folder``."""
    import sqlite3

    curves: Curves = defaultdict(list)
    tables = []
    (path,) = folder.glob("*.db")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT metrics FROM metrics WHERE run_name = ? ORDER BY id", (run,)).fetchall()
        configs = database.execute("SELECT config FROM configs WHERE run_name = ?", (run,)).fetchall()
    for (text,) in rows:
        row = json.loads(text)
        tables += [value for value in row.values() if isinstance(value, dict)]
        _spread(curves, row)
    return curves, json.loads(configs[-1][0]), tables


def tensorboard_curves(folder: Path) -> tuple[Curves, list[str]]:
    """Curves and texts of the event files in ``folder``."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    curves = {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
    texts = [e.tensor_proto.string_val[0].decode() for tag in found.Tags()["tensors"] for e in found.Tensors(tag)]
    return curves, texts


def mlflow_curves(folder: Path, run: str) -> Curves:
    """Curves of a run in a local MLflow folder, under W&B's names."""
    curves: Curves = {}
    for path in folder.glob(f"*/{run}/metrics/*"):
        prefix, _, rest = path.name.partition("_")
        name = f"{prefix}/{rest}" if prefix in ("eval", "test") else f"train/{path.name}"
        lines = [line.split() for line in path.read_text().splitlines()]
        curves[name] = [(int(line[2]), float(line[1])) for line in lines]
    return curves


def _spread(curves: Curves, row: dict[str, Any]) -> None:
    step = row.get("train/global_step")
    for name, value in row.items():
        if (
            name.startswith(("train/", "eval/", "test/"))
            and name != "train/global_step"
            and isinstance(value, int | float)
        ):
            curves[name].append((int(step), value))
