"""``doctor``: what works on this machine and what does not, each in a sentence."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import click

from tui.commands.common import format_option, opened, workspace_option

HUB_SECONDS = 3.0
PROBE_SECONDS = 120.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``problem`` means that no run can work until it is mended."""

    subject: str
    verdict: Literal["fine", "note", "problem"]
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


@click.command(short_help="What works on this machine.")
@format_option("table", "json", "csv", "md")
@click.option("--reset-terminal", is_flag=True, help="Only put right a terminal that a killed program left behind.")
@workspace_option
def doctor(form: str, reset_terminal: bool, workspace: Path | None) -> int:
    """Look at Python, the training stack, devices, the hub, the built-in base, disk and terminal.

    The exit code is 4 when no model can be loaded here, else 0. DIALTUNE_WORKSPACE, HF_ENDPOINT, HF_HOME
    and HF_HUB_CACHE are respected.
    """
    from engine.results.table import Column, Table, exact_json
    from tui.tables import emit
    from tui.terminal import put, stderr_is_terminal, tell

    if reset_terminal:
        from tui import repair

        repair.reset(next((number for number in (2, 1, 0) if os.isatty(number)), 2))
        return 0
    if stderr_is_terminal():
        tell("Looking; the training stack takes a few seconds to load ...")
    place = opened(workspace).path
    findings = [_python(), _stack(), *_machine(), _hub(), _cache(), _base(), _disk(place), _detaching(), *_terminal()]
    if form == "json":
        put(
            exact_json(
                [{"subject": f.subject, "verdict": f.verdict, "text": f.text, "facts": f.facts} for f in findings]
            )
        )
    else:
        columns = (Column("subject", "subject"), Column("verdict", "verdict"), Column("text", "what was found"))
        emit(
            Table(columns, tuple({"subject": f.subject, "verdict": f.verdict, "text": f.text} for f in findings)), form
        )
    return 4 if any(finding.verdict == "problem" for finding in findings) else 0


def _python() -> Finding:
    version = platform.python_version()
    return Finding(
        "Python", "fine", f"{version} at {sys.executable}", {"version": version, "executable": sys.executable}
    )


def _stack() -> Finding:
    """What a process with the training stack says of itself."""
    from engine.launch import worker_environment

    command = [sys.executable, "-m", "engine.worker.probe"]
    root = Path(__file__).parent.parent.parent
    try:
        answer = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=PROBE_SECONDS,
            env=worker_environment(), cwd=root, check=False,
        )  # fmt: skip
        facts = json.loads(answer.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return Finding("training stack", "problem", f"It did not load within {PROBE_SECONDS:.0f} s.")
    except OSError as error:
        return Finding("training stack", "problem", f"Python cannot be started again: {error}.")
    except (ValueError, IndexError):
        last = (answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"])[-1]
        return Finding(
            "training stack", "problem", f"It cannot be loaded: {last}. Install dialtune anew, torch included."
        )
    if not isinstance(facts, dict):
        return Finding("training stack", "problem", "It answered with something that is no description of itself.")
    devices = facts.get("devices")
    names = [str(d.get("name") if isinstance(d, dict) else d) for d in devices] if isinstance(devices, list) else []
    where = ", ".join(names) if names else "the CPU (no GPU that torch can use)"
    dtype = f", computing in {facts['dtype']} ({facts.get('dtype_reason', '')})" if facts.get("dtype") else ""
    versions = facts.get("versions")
    missing = [name for name, version in versions.items() if not version] if isinstance(versions, dict) else []
    if missing:
        return Finding(
            "training stack", "problem", f"torch {facts.get('torch')}, but without {', '.join(missing)}", facts
        )
    return Finding("training stack", "fine", f"torch {facts.get('torch')} on {where}{dtype}", facts)


def _machine() -> Iterator[Finding]:
    from engine.hardware import machine
    from tui.format import size

    found = machine()
    memory = f"{size(found.memory_available)} of {size(found.memory_total)} memory available"
    facts = {
        "cpu": found.cpu_name,
        "cores": found.logical_cores,
        "memory_total": found.memory_total,
        "memory_available": found.memory_available,
    }
    yield Finding("machine", "fine", f"{found.cpu_name}, {found.logical_cores} cores, {memory}", facts)
    for gpu in found.gpus:
        free = f"{size(gpu.memory_total - gpu.memory_used)} of {size(gpu.memory_total)} free"
        text = f"{gpu.name}, {free}, driver {found.driver}"
        facts = {
            "name": gpu.name,
            "memory_total": gpu.memory_total,
            "memory_used": gpu.memory_used,
            "driver": found.driver,
        }
        yield Finding(f"GPU {gpu.index}", "fine", text, facts)
    if not found.gpus:
        yield Finding("GPU", "note", "The driver reports none; runs use the CPU.")


def _hub() -> Finding:
    import urllib.error
    import urllib.request

    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    facts: dict[str, Any] = {"endpoint": endpoint, "reachable": False}
    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    if offline:
        return Finding("hub", "note", "HF_HUB_OFFLINE is set: only what is cached can be used.", facts)
    try:
        request = urllib.request.Request(endpoint, method="HEAD", headers={"User-Agent": "dialtune"})
        with urllib.request.urlopen(request, timeout=HUB_SECONDS):
            pass
    except urllib.error.HTTPError:  # it answers, whatever it thinks of the question
        pass
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        return Finding(
            "hub", "note", f"{endpoint} cannot be reached ({why}). Built-in and cached bases and data work.", facts
        )
    return Finding("hub", "fine", f"{endpoint} answers", facts | {"reachable": True})


def _cache() -> Finding:
    home = os.environ.get("HF_HOME") or str(
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    )
    path = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()
    facts = {"path": str(path), "exists": path.is_dir()}
    if not path.is_dir():
        return Finding("cache", "fine", f"{path} will be made when something is downloaded", facts)
    if not os.access(path, os.W_OK):
        return Finding("cache", "note", f"{path} cannot be written: nothing new can be downloaded", facts)
    cached = sorted(
        p.name.replace("--", "/").partition("/")[2]
        for p in path.iterdir()
        if p.name.startswith(("models--", "datasets--"))
    )
    return Finding("cache", "fine", f"{path} holds {', '.join(cached) or 'nothing yet'}", facts | {"holds": cached})


def _base() -> Finding:
    from engine import builtin

    missing = [name for name in ("config.json", "model.safetensors") if not (builtin.BASE / name).is_file()]
    missing += [
        f"{split}.jsonl"
        for split in ("train", "validation", "test")
        if not (builtin.DIALOGUES / f"{split}.jsonl").is_file()
    ]
    if missing:
        return Finding(
            "built-in base and dialogues", "problem", f"Missing: {', '.join(missing)}. Install dialtune anew."
        )
    return Finding("built-in base and dialogues", "fine", "They are there; `dialtune demo` needs nothing else")


def _disk(workspace: Path) -> Finding:
    from tui.format import size

    there = workspace.absolute()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    facts = {"workspace": str(workspace.absolute()), "free": free, "writable": os.access(there, os.W_OK)}
    if not facts["writable"]:
        return Finding("disk", "note", f"{there} cannot be written; choose a workspace with --workspace DIR", facts)
    few = free < 5 << 30
    return Finding(
        "disk",
        "note" if few else "fine",
        f"{size(free)} free for {workspace}{' (a full fine-tuning of FLAN-T5-base keeps 9 GiB)' if few else ''}",
        facts,
    )


def _detaching() -> Finding:
    """Whether a run goes on when its user logs out."""
    from engine.detaching import logout

    here = logout()
    facts = {"ends_with_login": here.ends, "scope": here.scope, "lingers": here.lingers}
    if here.survives:
        how = ", in a systemd scope of its own" if here.ends else ""
        return Finding("detaching", "fine", f"A run goes on when you log out{how}", facts)
    mend = "`loginctl enable-linger` lets your processes stay" if here.scope else "Run it inside `systemd-run --user`"
    text = f"systemd ends your processes when you log out (KillUserProcesses), runs too. {mend}"
    return Finding("detaching", "note", text, facts)


def _terminal() -> Iterator[Finding]:
    from rich.console import Console

    if not sys.stdout.isatty() and not sys.stderr.isatty():
        yield Finding("terminal", "note", "Output goes to a file or pipe: no application, plain progress")
        return
    console = Console(stderr=not sys.stdout.isatty())
    columns, lines = shutil.get_terminal_size()
    encoding = (console.encoding or "").lower()
    facts = {
        "colours": console.color_system,
        "columns": columns,
        "lines": lines,
        "encoding": encoding,
        "term": os.environ.get("TERM", ""),
    }
    small = columns < 80 or lines < 24
    text = f"{columns} × {lines}, {console.color_system or 'no'} colours, {encoding}"
    few = console.color_system not in ("256", "truecolor")
    remark = (
        "; smaller than 80 × 24, much is cut" if small else "; the theme is ansi, as others need more" if few else ""
    )
    yield Finding("terminal", "note" if remark else "fine", text + remark, facts)
    yield _characters()
    yield Finding("copying", *_copying())


def _characters() -> Finding:
    """What the terminal can draw: measured where somebody sits at it, and remembered for the next start."""
    from tui import glyphs, manner, probe

    samples = "  ".join(f"{level} {sample}" for level, sample in glyphs.SAMPLES.items())
    widths = probe.widths() if sys.stdin.isatty() and sys.stdout.isatty() else None
    facts: dict[str, Any] = {"measured": widths, "level": manner.current().glyphs.level}
    if widths is None:
        why = "the terminal did not answer" if sys.stdin.isatty() and sys.stdout.isatty() else "no terminal to ask"
        chosen = manner.current().glyphs
        text = f"Not measured ({why}). Drawn with {chosen.level}, {chosen.why}: {samples}"
        return Finding("characters", "note" if chosen.level == "ascii" else "fine", text, facts)
    found = probe.judge(widths)
    glyphs.remember(found)
    chosen = glyphs.choose(asked=False)
    facts["level"] = chosen.level
    wrong = [name for name, width in widths.items() if width != probe.EXPECTED[name]]
    said = (
        f"wrong widths: {', '.join(wrong)}"
        if wrong
        else "braille, blocks and wide characters are as wide as they should"
    )
    hint = "where one looks broken, --ascii or DIALTUNE_GLYPHS=blocks"
    text = f"Measured: {said}. Drawn with {chosen.level}, {chosen.why}. {samples} ({hint})"
    return Finding("characters", "note" if wrong else "fine", text, facts)


def _copying() -> tuple[Literal["fine", "note"], str]:
    term, program = os.environ.get("TERM", ""), os.environ.get("TERM_PROGRAM", "")
    if os.environ.get("TMUX"):
        return "note", "Copying goes through OSC 52; tmux passes it on only with `set -g set-clipboard on`"
    if term.startswith("screen"):
        return "note", "GNU screen does not pass on OSC 52, by which copying works; use the terminal's own selection"
    if program == "Apple_Terminal":
        return "note", "Apple's Terminal knows no OSC 52, by which copying works; use its own selection"
    return "fine", "Copying uses OSC 52, over SSH too; some terminals ask or need it allowed in their settings"
