"""Feeding trackers, whatever they do: raise, hang, end; fakes stand in for them, and for the process that feeds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine import trackers
from engine.errors import SpecError
from engine.preflight import prepared
from engine.runs.events import Evaluation, Event, Sample, Scored, TrainStep, encode
from engine.runs.files import append_lines, read_json
from engine.runs.folder import RunFolder
from engine.spec import from_dict
from engine.worker.tracking import relay as relaying
from engine.worker.tracking import supervise
from engine.worker.tracking.relay import relay
from tests.unit.run_factory import finished

EVENTS: list[Event] = [
    TrainStep(1, 0.5, 2.0, 1e-3, None, 5.0, 500.0),
    Evaluation(1, 0.5, {"loss": 1.5}, True),
    Sample(1, "dev_0", "They | meet."),
    Sample(1, "dev_1", "They part."),
    TrainStep(2, 1.0, 1.0, 1e-4, 0.5, 5.0, 500.0),
    Scored({"rouge1": 0.25}),
]
OVER = ("finished", "Done.")


class Fake:
    """A tracker that remembers; ``way`` says at which call it does what."""

    def __init__(self, name: str = "fake", **way: Any) -> None:
        self.name, self.way = name, way
        self.calls: list[tuple[Any, ...]] = []
        self.release = threading.Event()

    def _at(self, call: str, *values: Any) -> None:
        self.calls.append((call, *values))
        does = self.way.get(call)
        if does == "hangs":
            self.release.wait(30)
        elif does is not None:
            raise does

    def open(self, known: dict[str, Any]) -> dict[str, Any]:
        self._at("open", dict(known))
        return {"id": "their-7", "where": "/somewhere"}

    def log(self, step: int, figures: dict[str, float]) -> None:
        self._at("log", step, figures)

    def table(self, name: str, step: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self._at("table", name, step, [tuple(row) for row in rows])

    def close(self, state: str, reason: str, facts: dict[str, Any]) -> None:
        self._at("close", state, reason)

    def of(self, call: str) -> list[tuple[Any, ...]]:
        return [values[1:] for values in self.calls if values[0] == call]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "POLL", 0.01)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    found = finished(tmp_path / "runs", "followed", 0.25)
    found.events_path.unlink()
    append_lines(found.events_path, map(encode, EVENTS))
    return found


def fed(run: RunFolder, *fakes: Fake, timeout: float = 20.0) -> list[tuple[str, str]]:
    """What was told while ``fakes`` were fed all of the run."""
    told: list[tuple[str, str]] = []
    relay(run, fakes, lambda: OVER, lambda level, text: told.append((level, text)), timeout)
    for fake in fakes:
        fake.release.set()
    return told


def test_figures_samples_and_board_arrive_in_order(run: RunFolder) -> None:
    fake = Fake()
    assert fed(run, fake) == [("info", "fake records this run: /somewhere.")]
    step = {"learning_rate": 1e-3, "samples_per_second": 5.0, "tokens_per_second": 500.0}
    assert fake.of("log") == [
        (1, {"loss": 2.0, "epoch": 0.5, **step}),
        (1, {"eval_loss": 1.5, "epoch": 0.5}),
        (2, {"loss": 1.0, "epoch": 1.0, "grad_norm": 0.5, **step, "learning_rate": 1e-4}),
        (2, {"test_rouge1": 0.25}),
    ]
    samples, board = fake.of("table")
    assert samples == ("samples", 1, [(1, "dev_0", "They | meet.", ""), (1, "dev_1", "They part.", "")])
    assert board[:2] == ("board", 2) and board[2][0][0] == "followed"
    assert [call[0] for call in fake.calls] == ["open", "log", "log", "table", "log", "log", "table", "close"]
    assert fake.of("close") == [OVER]


def test_a_resumed_run_goes_on_with_the_same_run_there(run: RunFolder) -> None:
    fed(run, Fake())
    append_lines(run.events_path, [encode(TrainStep(3, 1.5, 0.5, 1e-5, None, 5.0, 500.0))])
    again = Fake()
    fed(run, again)
    assert again.of("open")[0][0]["id"] == "their-7"
    assert [step for step, _ in again.of("log")] == [3], "what was sent before is not sent again"


@pytest.mark.parametrize("call", ["open", "log", "table", "close"])
def test_one_that_raises_is_switched_off_with_one_notice(
    run: RunFolder, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "a-secret-of-theirs")
    bad, good = Fake("wandb", **{call: OSError("no route for a-secret-of-theirs")}), Fake("good")
    warnings = [text for level, text in fed(run, bad, good) if level == "warning"]
    assert warnings == ["W&B was switched off; the run goes on without it: OSError: no route for ***."]
    assert [values[0] for values in bad.calls].count(call) == 1 and bad.calls[-1][0] == call
    assert good.of("close") == [OVER]
    states = {record.tracker: (record.state, record.error) for record in trackers.records(run)}
    assert states == {"wandb": ("off", "OSError: no route for ***"), "good": ("closed", "")}


@pytest.mark.parametrize("call", ["open", "log", "close"])
def test_one_that_hangs_is_left_behind(run: RunFolder, call: str) -> None:
    bad, good = Fake("bad", **{call: "hangs"}), Fake("good")
    told = fed(run, bad, good, timeout=0.3)
    assert [text for level, text in told if level == "warning"] == [
        "bad was switched off; the run goes on without it: no answer within 0.3 s."
    ]
    assert good.of("close") == [OVER]


# -- the worker's side ----------------------------------------------------------------------------


class Heard:
    """As much of a Reporter as is asked for."""

    def __init__(self) -> None:
        self.notices: list[tuple[str, str, str]] = []
        self.before_end: list[Any] = []

    def notice(self, *notice: str) -> None:
        self.notices.append(notice)  # type: ignore[arg-type]


def follower(run: RunFolder, code: str, timeout: float = 10.0) -> tuple[Any, Heard]:
    heard = Heard()
    return supervise.Follower(run, timeout, heard, [sys.executable, "-c", code]), heard  # type: ignore[arg-type]


def test_what_the_other_process_says_is_told_without_secrets(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter2hunter2")
    code = """
import json, os
print("half a line", end="")
print("\\n\\0" + json.dumps({"level": "warning", "text": "with hunter2hunter2 at http://me:pw@host/x"}), flush=True)
print("\\0no json", flush=True)
print("\\0[1]", flush=True)
print("said", os.environ["MY_TOKEN"], flush=True)
print("ended as", json.loads(input())["state"], flush=True)
"""
    found, heard = follower(run, code)
    found.end("finished", "Done.")
    assert heard.notices == [("warning", "tracker", "with *** at http://***@host/x")]
    assert capsys.readouterr().out == "[trackers] half a line\n[trackers] said ***\n[trackers] ended as finished\n"


def test_one_that_dies_is_told_of_and_the_end_waits_for_nobody(run: RunFolder) -> None:
    found, heard = follower(run, "import os; os._exit(3)")
    found._process.wait(20)
    found._thread.join(20)
    found.end("finished", "Done.")
    (notice,) = heard.notices
    assert notice[0] == "warning" and "exit code 3" in notice[2]


def test_one_that_does_not_close_is_ended(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "GRACE", 0.0)
    monkeypatch.setattr(supervise, "IMPORTS", 0.2)
    found, heard = follower(run, "import time; time.sleep(60)", timeout=0.2)
    found.end("finished", "Done.")
    assert found._process.poll() is not None
    assert heard.notices == [("warning", "tracker", "The trackers did not close within 0.2 s and were ended.")]


def test_a_tracker_that_is_not_there_is_refused_before_the_run_and_harmless_in_it(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(trackers.PACKAGES, "wandb", ("no-such-package",))
    spec = from_dict({"method": "lora", "track": {"to": "wandb"}})
    with pytest.raises(SpecError, match=r"W&B, which is not installed\. pip install 'dialtune\[wandb\]'"):
        prepared(spec)
    heard = Heard()
    supervise.begin(run, spec, heard)  # type: ignore[arg-type]
    assert "The run is not tracked" in heard.notices[0][2] and not heard.before_end
    supervise.begin(run, replace_to(spec), heard)  # type: ignore[arg-type]
    assert len(heard.notices) == 1, "a run that is not tracked hears nothing of it"


def replace_to(spec: Any) -> Any:
    return spec.model_copy(update={"track": spec.track.model_copy(update={"to": ()})})


def test_what_cannot_be_read_in_the_record_counts_as_nothing(run: RunFolder) -> None:
    (run.path / trackers.FILE).write_text('{"wandb": 7, "trackio": {"state": "open"}}')
    assert [(r.tracker, r.state, r.where) for r in trackers.records(run)] == [("trackio", "open", "")]
    fake = Fake("wandb")
    fed(run, fake)
    assert fake.of("close") and read_json(run.path / trackers.FILE)["trackio"] == {"state": "open"}
