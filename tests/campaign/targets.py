"""Everything that parses what others wrote, as functions of bytes that raise nothing but sentences.

Each target has seeds (what is rightly written) and words (what its grammar is made of); the fuzzer and the property
tests both start from them.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine import config
from engine import spec as specs
from engine.data import formats
from engine.data.sources import load as load_data
from engine.errors import DialtuneError
from engine.importing import files as imported
from engine.playground import protocol
from engine.results import facts
from engine.results.query import Schema, complete, parse
from engine.results.query.syntax import QueryError
from engine.results.verdicts import Ledger
from engine.runs import events, turns
from engine.runs.folder import Prediction, RunFolder, Status
from engine.runs.glimpse import losses
from tui import keymap, queries, session, text, themes

SENTENCES = (DialtuneError, QueryError, themes.ThemeError)
"""What a target may raise."""

Run = Callable[[bytes], object]


@dataclass(frozen=True)
class Target:
    """A parser, as a function of bytes."""

    name: str
    run: Run
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()


class Scratch:
    """A folder for what must be read from a file; in memory where the machine has such."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.run = RunFolder(folder / "runs" / "it")
        self.run.path.mkdir(parents=True, exist_ok=True)
        self.home = folder / "home"
        (self.home / "dialtune").mkdir(parents=True, exist_ok=True)

    def file(self, name: str, data: bytes) -> Path:
        """``data`` in a file called ``name``."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


@contextmanager
def at_home(scratch: Scratch) -> Iterator[None]:
    """The user's own files are in ``scratch``."""
    keys = ("XDG_CONFIG_HOME", "XDG_STATE_HOME")
    before = {key: os.environ.get(key) for key in keys}
    os.environ.update(dict.fromkeys(keys, str(scratch.home)))
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


SCHEMA = Schema(("zero-shot", "full", "lora-r8", "my model 2"), ("rouge1", "rouge1_best", "bleu", "tokens"), ("kept",))
PREDICTION = Prediction(
    "test_1", "They meet at five.", "Ana: At five?\nBo: Yes.", "a date", ("They agree.",),
    {"rouge1": 0.4, "rouge1_best": 0.5, "bleu": 12.0}, False, 7,
)  # fmt: skip
ROWS: tuple[dict[str, Any], ...] = (
    {"id": "1", "dialogue": "Ana: Hi\nBo: Yo", "summary": "They greet.", "topic": "x"},
    {"id": "test_7_2", "dialogue": [{"speaker": "A", "text": "Hi"}], "summary": None},
)


def all_of(scratch: Scratch) -> dict[str, Target]:
    """The targets by name."""
    return {target.name: target for target in _all(scratch)}


def _all(scratch: Scratch) -> Iterator[Target]:
    folder, run = scratch.folder, scratch.run
    whole = specs.to_toml(specs.RunSpec(name="one"), comments=True)
    toml = ("[", "]", "=", '"""', "'''", "true", "inf", "nan", "1e999", "0x", "1979-05-27", "{", "}", ".", "#", "\n")
    words = ("method", "lora", "full", "base", "name", "data", "source", "train", "learning_rate", "decode", "prompt")
    spec_seeds = (whole.encode(), b'method = "lora"\n[lora]\nrank = 8\n[train]\nepochs = 2\n')
    yield Target("spec", lambda data: specs.from_toml(_text(data)), spec_seeds, toml + words)
    yield Target(
        "setting", lambda data: specs.overridden(specs.RunSpec(), dict([specs.parse_override(_text(data))])),
        (b"train.epochs=2", b'lora.targets=["q"]', b'data.columns.dialogue="x y"'), toml + words,
    )  # fmt: skip
    yield from _data(scratch)

    def in_run(name: str, read: Callable[[], object]) -> Run:
        def read_from(data: bytes) -> object:
            (run.path / name).write_bytes(data)
            return read()

        return read_from

    literals = ("null", "true", "NaN", "Infinity", "1e400", "-0", '""', "[]", "{}", "\\ud800", "\\u0000", ",", ":")
    told = (
        events.Phase("training", 9, "steps"), events.Progress("training", 1, 2, 3.0), events.Notice("info", "x", "y"),
        events.TrainStep(1, 0.5, 2.0, 1e-3, None, 3.0, 4.0), events.Evaluation(1, 0.5, {"loss": 2.0}, True),
        events.Resources(1.0, 2.0, 3, 4, 5, (events.DeviceReading(0, "GPU", 1, 2),)), events.Ended("finished", "Done."),
    )  # fmt: skip
    lines = tuple(events.encode(replace(event, time=1.0)).encode() for event in told)

    def read_events() -> object:
        return [*run.events()], losses(run.events_path)

    yield Target("events", in_run("events.jsonl", read_events), (*lines, b"".join(lines)), (*literals, "\n"))
    prediction = json.dumps(asdict(PREDICTION)).encode() + b"\n"
    yield Target("predictions", in_run("predictions.jsonl", run.predictions), (prediction, prediction * 2), literals)
    status = replace(Status(), state="finished", started=1.0, ended=2.0, best={"loss": 1.0}, error={"why": "x"})
    yield Target("status", in_run("status.json", run.status), (json.dumps(asdict(status)).encode(),), literals)
    manifest = {
        "versions": {"torch": "2"}, "data": {"splits": {"test": {"examples": 3}}, "fingerprint": "x"}, "seed": 1,
        "parameters": {"trainable": 1, "total": 2, "percent": 50.0}, "seconds": {"training": 1.0},
        "peak_memory": {"process": 1, "device": None}, "saved_bytes": 3, "device": {"kind": "cpu"},
    }  # fmt: skip
    manifests = (json.dumps(manifest).encode(),)

    def read_facts() -> object:
        found = facts.facts(run)
        return facts.parameters_line(found), facts.flat(found)

    yield Target("manifest", in_run("manifest.json", read_facts), manifests, literals)
    scores = (b'{"metrics": {"rouge1": 0.4}, "examples": 3, "references": 9, "signature": {"rouge": "x"}}',)
    yield Target("scores", in_run("scores.json", lambda: facts.figure(run.scores(), "metrics", "rouge1")), scores)
    turn = json.dumps(asdict(turns.Turn(1.0, 2.0, "here"))).encode()
    yield Target("queue", in_run(turns.FILE, lambda: turns.turn(run)), (turn,), literals)
    yield Target("remarks", in_run("remarks.json", run.remarks), (b'{"note": "x", "archived": true}',), literals)
    sample = json.dumps([{"id": "1", "dialogue": "A: b", "references": ["c"], "topic": ""}]).encode()
    yield Target("samples", in_run("samples.json", run.sample_examples), (sample,), literals)
    yield Target("forecast", in_run("forecast.json", run.forecast_peak), (b'{"memory": {"peak": 5}}',), literals)
    yield Target("imported record", in_run("import.json", run.import_record), (b'{"file": "x", "rows": 3}',), literals)

    def query(data: bytes) -> object:
        typed = _text(data)
        with contextlib.suppress(QueryError):
            parse(SCHEMA, typed)
        return complete(SCHEMA, typed, len(typed) // 2)

    asked = (
        b"full - lora-r8 > 0.1 topic:shopping sort:disagreement-", b'"a phrase" or (not kept and len > 3)', b"rouge1<2",
        b"best:full id:test_1 truncated:yes summary/full:word sort:bleu",
    )  # fmt: skip
    of_queries = ("or", "and", "not", "(", ")", '"', "<", ">=", "!=", ":", "sort:", "topic:", "-", "+", "*", "/", "|")
    yield Target("query", query, asked, (*of_queries, *SCHEMA.models, *SCHEMA.metrics))
    theme = next(iter(sorted(themes.BUILT_IN.glob("*.toml")))).read_bytes()
    yield Target("theme", lambda data: themes.read(scratch.file("theme.toml", data)), (theme,), toml)

    def own(name: str, read: Callable[[], object]) -> Run:
        def read_at_home(data: bytes) -> object:
            (scratch.home / "dialtune" / name).write_bytes(data)
            with at_home(scratch):
                return read()

        return read_at_home

    def keys() -> object:
        mapping, notices = keymap.load()
        return keymap.table(mapping), [text.clean(notice) for notice in notices]

    yield Target("keys", own("keys.toml", keys), (b'"runs.stop" = "X"\n"app.quit" = "ctrl+q,Q"\n',), toml)
    amounts = (b'price_per_hour = 1.20\ncurrency = "EUR"\n',)
    yield Target("config", own("config.toml", config.load), amounts, (*toml, "price_per_hour", "currency"))
    place = folder / "runs"

    def stored(path: Callable[[Path], Path], read: Callable[[Path], object]) -> Run:
        def read_stored(data: bytes) -> object:
            with at_home(scratch):
                path(place).write_bytes(data)
                return read(place)

        return read_stored

    kept = json.dumps(asdict(session.Session(source="x"))).encode()
    yield Target("session", stored(session.place_of, session.load), (kept,), literals)
    saved = (b'{"queries": [["a", "full > 1"], ["b", "x"]]}',)
    yield Target("saved queries", stored(queries._file, queries.load), saved, literals)

    def ledger(data: bytes) -> object:
        scratch.file("runs/verdicts.jsonl", data)
        said = Ledger(place).read()
        return said.tally()

    yield Target("verdicts", ledger, (_real_ledger(folder / "real"),), literals)
    loaded = protocol.encode(protocol.Generate(1, (protocol.Model("run", "x"),), "A: b"))
    yield Target("playground messages", lambda data: protocol.decode(_text(data)), (loaded.encode(),), literals)

    def shown(data: bytes) -> object:
        told = _text(data)
        cleaned = text.clean(told, lines=True)
        if any(ord(letter) < 32 and letter != "\n" for letter in cleaned) or "\x9b" in cleaned:
            raise AssertionError(f"{cleaned!r} steers terminals")
        return text.fit(told, 20), text.plain(told), text.content(told), text.apart([told, told + "x"], 9)

    hostile = ("\x1b[31m", "\x9b2J", "\u202e", "\u200d", "[bold]", "[/]", "\ufeff", "👩‍👩‍👧", "\t", "\r")
    yield Target("text", shown, (b"Ana: hi [b]x[/b]", "客服: 好".encode()), hostile)


def _data(scratch: Scratch) -> Iterator[Target]:
    folder = scratch.folder / "data"
    jsonl = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    table = io.StringIO()
    writer = csv.DictWriter(table, ("id", "dialogue", "summary", "topic"))
    writer.writeheader()
    writer.writerow(ROWS[0])
    delimited = table.getvalue().encode()
    seeds = {
        "jsonl": (jsonl,), "json": (json.dumps(ROWS).encode(), b'{"data": [{"dialogue": "x"}]}'), "csv": (delimited,),
        "tsv": (delimited.replace(b",", b"\t"),), "parquet": (_parquet(),),
    }  # fmt: skip
    words = {
        "jsonl": ('"dialogue"', '"summary"', "\\ud800", "NaN", "[", "{", "\ufeff", "\n"), "parquet": ("PAR1",),
        "json": ('"dialogue"', '"id"', "NaN", "[[[[", "{"), "csv": ('"', '""', ",", ";", "\r", "\n", "\0", "dialogue"),
        "tsv": ("\t", '"', "\n"),
    }  # fmt: skip

    def reader(suffix: str) -> Run:
        def read(data: bytes) -> object:
            path = folder / f"train.{suffix}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            return formats.read(path)

        return read

    def importer(data: bytes) -> object:
        sheet = imported.read(scratch.file("given.csv", data))
        return [(sheet.texts(name), sheet.labels(name)) for name in (*sheet.of_text(), *list(sheet.columns)[:2])]

    def examples(data: bytes) -> object:
        path = scratch.file("whole/calls.jsonl", data)
        return load_data(specs.from_dict({"data": {"source": str(path)}}).data, need_test=False)

    for suffix, found in seeds.items():
        yield Target(f"data: {suffix}", reader(suffix), found, words[suffix])
    one = json.dumps(ROWS[0]).encode() + b"\n"
    yield Target("data: examples", examples, (one * 3, jsonl), words["jsonl"])
    yield Target("import", importer, seeds["csv"], words["csv"])


def _real_ledger(place: Path) -> bytes:
    place.mkdir(exist_ok=True)
    (place / "verdicts.jsonl").unlink(missing_ok=True)
    ledger = Ledger(place)
    ledger.bookmark("key", "1", True)
    ledger.note("key", "1", "look")
    ledger.judge("key", "1", {"a": "x", "b": "y"}, "a", True)
    return (place / "verdicts.jsonl").read_bytes()


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({"dialogue": ["A: hi", None], "summary": ["x", "y"], "n": [1, 2]}), sink)
    return sink.getvalue()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def survives(target: Target, data: bytes) -> None:
    """Run ``target``; what it may raise is none of our business."""
    with contextlib.suppress(*SENTENCES):
        target.run(data)
