"""``serve``: the application in a browser."""

from __future__ import annotations

import ipaddress
import os
import shlex
import socket
import sys
from pathlib import Path

import click

from tui.commands.common import opened, workspace_option

PORT = 8787


@click.command(short_help="The application in a browser.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any free one.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Another address lets other machines in: whoever has the key can start, stop and delete runs.",
)
@workspace_option
def serve(port: int, host: str, workspace: Path | None) -> int:
    """Show the application in a browser, until Ctrl-C. Needs the extra: pip install 'dialtune[serve]'.

    It listens on this machine only, and opens only to the address that it prints, which carries a key. From
    another machine, forward the port with the ssh line that it prints.
    """  # fmt: skip
    from engine.errors import SpecError
    from tui.terminal import tell

    try:
        from tui.serving import Site
    except ImportError as error:
        raise SpecError(
            "The view in a browser needs an extra that is not installed", f"{error.name} is missing",
            "pip install 'dialtune[serve]'",
        ) from None  # fmt: skip
    port = _free(host, port)
    place = opened(workspace).path.absolute()
    site = Site(shlex.join([sys.executable, "-m", "tui", "--workspace", str(place)]), host, port)
    tell(f"Open {site.address} in a browser. Ctrl-C ends it; runs go on.")
    if _is_loopback(host):
        name = os.environ.get("SSH_CONNECTION", "").split()
        machine = name[2] if len(name) == 4 else socket.gethostname()
        tell(f"It listens on this machine only. From another: ssh -N -L {port}:127.0.0.1:{port} {machine}")
    else:
        tell(
            f"Warning: it listens on {host}, for every machine that reaches this one, and without encryption. "
            "Whoever sees the address above can start, stop and delete your runs."
        )
    site.serve()
    return 0


def _free(host: str, port: int) -> int:
    """``port``, or a free one for 0. Raises SpecError when it cannot be listened on."""
    from engine.errors import SpecError

    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            return int(trial.getsockname()[1])
    except OSError as error:
        raise SpecError(
            f"{host} port {port} cannot be listened on", error.strerror or str(error), "Choose another with --port N"
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
