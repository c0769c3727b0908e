"""``dialtune``: every screen's work without the screen, and the way into the application.

Data goes to standard output, everything else to standard error. Exit codes are those of :mod:`engine.errors`.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import keyword
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import click

from engine.errors import INTERRUPTED, DialtuneError, SpecError
from tui import glyphs, manner, repair
from tui.terminal import interactive, silence, tell

BROKEN_PIPE = 141
"""Exit code when whoever read our output has gone, as shells give it for SIGPIPE."""

EPILOG = """\b
Examples:
  dialtune demo                          see it work, without a network
  dialtune train --preset lora-r32       LoRA on FLAN-T5-base and DialogSum
  dialtune runs                          what runs and what is done
  dialtune board                         which model is best, at what cost
  dialtune summarize RUN call.txt        use one
  dialtune                               all of it, on the screen

\b
Exit codes:
  0    done
  1    a fault of dialtune's own; DIALTUNE_TRACEBACK=1 prints the traceback
  2    the command line or a spec is wrong
  3    the data cannot be read or used
  4    the base or a saved model cannot be loaded or used
  5    the workspace or a run in it: no such run, name taken, not writable
  6    the hub cannot be reached and nothing is cached
  7    the run failed while it worked
  8    the run was stopped before its end, as asked
  9    dialtune check found damage
  129  the terminal hung up
  130  interrupted from the keyboard
  141  the reader of the output has gone
  143  told to end (SIGTERM)

Data is written to standard output, all else to standard error. NO_COLOR is respected.
"""


class _Commands(click.Group):
    """A group whose errors are sentences and whose exit codes are documented."""

    def main(self, args: Any = None, prog_name: str | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line and leave the process with its exit code."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a lone surrogate or an ASCII terminal must not end a command
                stream.reconfigure(errors="backslashreplace")
        extra["standalone_mode"] = False
        sys.exit(_guarded(lambda: super(_Commands, self).main(args, "dialtune", *rest, **extra)))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has gone is no error of ours."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:  # click would make an exit code of 1 of it
            silence(sys.stdout)
            return BROKEN_PIPE
        return code

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people need them."""
        return [*(name for names in COMMANDS.values() for name in names), *self.commands]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command ``name``; its module is loaded now, as the application waits for none of them."""
        module = next((module for module, names in COMMANDS.items() if name in names), None)
        if module is None:
            return super().get_command(ctx, name)
        attribute = f"{name}_" if keyword.iskeyword(name) else name
        command: click.Command = getattr(importlib.import_module(f"tui.commands.{module}"), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command named first; raises SpecError with the nearest one when there is none."""
        if (
            args
            and not args[0].startswith("-")
            and self.get_command(ctx, args[0]) is None
            and not ctx.resilient_parsing
        ):
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1, cutoff=0.5)
            todo = f"Did you mean {close[0]}?" if close else "`dialtune --help` lists the commands"
            raise SpecError(f"There is no command {args[0]!r}", "", todo)
        return super().resolve_command(ctx, args)


def _guarded(run: Any) -> int:
    """The exit code of ``run``, which tells its errors in sentences."""
    try:
        code = run()
    except DialtuneError as error:
        tell(f"dialtune: {error}")
        return error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "dialtune"
        tell(f"dialtune: {SpecError(error.format_message(), '', f'`{command} --help` shows what it takes')}")
        return SpecError.exit_code
    except (click.Abort, KeyboardInterrupt):
        tell("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return BROKEN_PIPE
    except Exception as error:
        return _own_fault(error)
    return code if isinstance(code, int) else 0


def _own_fault(error: Exception) -> int:
    """Say that we failed, and where to read how."""
    what = f"dialtune: This is a fault of dialtune's own: {type(error).__name__}: {error}."
    if os.environ.get("DIALTUNE_TRACEBACK"):
        tell("".join(traceback.format_exception(error)).rstrip())
        tell(what)
        return DialtuneError.exit_code
    try:
        handle, path = tempfile.mkstemp(prefix="dialtune-", suffix=".traceback")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
        tell(f"{what} The traceback is in {path}.")
    except OSError:
        tell(f"{what} DIALTUNE_TRACEBACK=1 prints the traceback.")
    return DialtuneError.exit_code


def _print_version(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("dialtune")
    except PackageNotFoundError:
        number = "(not installed: run from its sources)"
    click.echo(f"dialtune {number}")
    context.exit()


@click.group(
    cls=_Commands, invoke_without_command=True, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--workspace", metavar="DIR", type=click.Path(path_type=Path), envvar="DIALTUNE_WORKSPACE", default=Path("runs"),
    help="Folder of the runs; also after a command.  [default: $DIALTUNE_WORKSPACE, else ./runs]",
)  # fmt: skip
@click.option(
    "--ascii", "plain", is_flag=True, help="Draw with plain characters only; DIALTUNE_GLYPHS=blocks is in between."
)
@click.option("--low-bandwidth", is_flag=True, envvar="DIALTUNE_LOW_BANDWIDTH", help="Send little: for slow lines.")
@click.option("--debug-line", is_flag=True, help="Show bytes a second, key-to-screen time and memory.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
@click.pass_context
def main(context: click.Context, workspace: Path, plain: bool, low_bandwidth: bool, debug_line: bool) -> int | None:
    """Fine-tune dialogue summarisers, watch them learn, and compare what they say.

    A run takes a base (such as google/flan-t5-base), dialogues with summaries, and a method (zero-shot,
    few-shot, full, lora or soft-prompt). It works in a process of its own, which goes on when the terminal
    closes, and leaves everything in a folder of the workspace. Without a command, the application opens.
    """
    context.obj = workspace
    manner.use(manner.Manner(glyphs.choose(plain), low_bandwidth, debug_line))
    if repair.mend():
        tell("The terminal was left behind by a dialtune that was killed; it is as it should be again.")
    if context.invoked_subcommand is not None:
        return None
    if not interactive():
        click.echo(context.get_help(), err=True)
        raise SpecError(
            "The application needs a terminal",
            "Standard input or output is none",
            "Use one of the commands listed above",
        )
    # What start-up makes lives as long as the process: to search it for garbage again and again is a tenth of the
    # time to the first frame. The application takes it up again once it is on the screen.
    gc.disable()
    from tui.app import run as open_application
    from tui.commands.common import opened

    code: int = open_application(opened(workspace).path)
    return code


COMMANDS = {
    "training": ("demo", "train", "resume", "stop"),
    "queueing": ("queue",),
    "reading": ("runs", "show", "logs"),
    "results": ("board", "compare"),
    "importing": ("import",),
    "summarize": ("summarize",),
    "prompts": ("prompt",),
    "exporting": ("export", "push"),
    "keeping": ("note", "rename", "archive", "delete"),
    "recipes": ("presets",),
    "data": ("data",),
    "forecasting": ("forecast",),
    "doctor": ("doctor",),
    "serve": ("serve",),
    "upkeep": ("check", "gc"),
    "health": ("health",),
}
"""The commands of each module in ``tui.commands``, in the order in which people need them."""
