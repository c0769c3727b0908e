"""What commands share: the workspace, the output format, and how a run is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.runs.folder import RunFolder
    from engine.runs.workspace import Workspace

Command = Callable[..., Any]


def workspace_option(command: Command) -> Command:
    """``--workspace DIR``, also after the command's name."""
    text = "Folder of the runs.  [default: $DIALTUNE_WORKSPACE, else ./runs]"
    return click.option("--workspace", metavar="DIR", type=click.Path(path_type=Path), help=text)(command)


def format_option(*formats: str) -> Callable[[Command], Command]:
    """``--format``, the first of ``formats`` by default."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True,
        help="json and csv have full precision; ROUGE is 0 to 1 there, and × 100 in table and md.",
    )  # fmt: skip


def opened(given: Path | None) -> Workspace:
    """The workspace asked for. Raises WorkspaceError when something that is no folder has its name."""
    from engine.errors import WorkspaceError
    from engine.runs.workspace import DEFAULT, Workspace

    context = click.get_current_context(silent=True)
    path = given or (context.find_object(Path) if context else None) or DEFAULT
    try:
        other = path.exists() and not path.is_dir()
    except OSError as error:
        raise WorkspaceError(f"The workspace {path} cannot be read", error.strerror or str(error)) from None
    if other:
        raise WorkspaceError(f"The workspace {path} is not a folder", "", "Choose another with --workspace DIR")
    return Workspace(path)


def chosen(workspace: Workspace, names: tuple[str, ...]) -> list[RunFolder]:
    """The runs called ``names``, each once, in that order. Raises WorkspaceError."""
    return [workspace.open(name) for name in dict.fromkeys(names)]


def tell_altered(runs: Iterable[RunFolder]) -> None:
    """Say on standard error which of ``runs`` have figures that are not what was written. Reads their summaries."""
    from engine.runs.wholeness import altered
    from tui.terminal import tell

    for run in runs:
        if found := altered(run):
            files = ", ".join(found)
            tell(f"{run.name} is damaged: {files}: not what was written. `dialtune check {run.name}` tells more.")
