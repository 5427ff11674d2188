"""``lggseg app``: the same click in a web page."""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
import sys
import webbrowser
from pathlib import Path

from lggseg.errors import DependencyError, InputError, OutputError
from lggseg.notice import RESEARCH_USE
from lggseg_app.access import LOOPBACK, Doorkeeper, check_listen

SUMMARY = "outline, correct and measure in a web page on this computer"
PASSWORD_VARIABLE = "LGGSEG_APP_PASSWORD"
_SHUTDOWN_SECONDS = 1.0  # for pages that are still open; their sessions end with the gateway
_ANY = ("0.0.0.0", "::")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = (
        "Opens a web page on this computer in which a FLAIR volume is outlined, corrected, measured and saved. "
        "Nothing leaves the computer, and nothing is fetched from elsewhere. " + RESEARCH_USE
    )
    parser.add_argument("study", nargs="?", type=Path, metavar="STUDY", help="a volume or folder to open at once")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any that is free)")
    parser.add_argument("--no-open", action="store_true", help="print the address, and open no browser")
    parser.add_argument(
        "--listen",
        default=LOOPBACK,
        metavar="ADDRESS",
        help=f"address to listen on; others than {LOOPBACK} want a password in {PASSWORD_VARIABLE}",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    _require_packages()
    from aiohttp import web  # noqa: PLC0415  (not for --help)

    from lggseg_app.children import session_command  # noqa: PLC0415
    from lggseg_app.gateway import Gateway  # noqa: PLC0415

    password = os.environ.get(PASSWORD_VARIABLE) or None
    check_listen(options.listen, password)
    if options.study is not None and not options.study.exists():
        msg = f"{options.study}: expected a volume or a folder, got nothing; check the name"
        raise InputError(msg)
    listening = _listen(options.listen, options.port)
    address = f"http://{_shown_host(options.listen)}:{listening.getsockname()[1]}/"
    doorkeeper = Doorkeeper(password)

    def invite(token: str) -> None:
        sys.stdout.write(f"another browser: {address}?token={token}\n")
        sys.stdout.flush()

    study = options.study.resolve() if options.study else None
    gateway = Gateway(doorkeeper, session_command(study), _names(options.listen), invite)
    first = f"{address}?token={doorkeeper.new_token()}"
    sys.stdout.write(f"{RESEARCH_USE}\nopen: {first}\nCtrl-C ends it.\n")
    sys.stdout.flush()
    if not options.no_open:
        webbrowser.open(first)
    web.run_app(gateway.application(), sock=listening, print=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    return 0


def _require_packages() -> None:
    missing = [name for name in ("aiohttp", "trame", "trame_slicer") if importlib.util.find_spec(name) is None]
    if missing:
        msg = f"expected the packages of the page, found no {', '.join(missing)}; pip install lggseg[app]"
        raise DependencyError(msg)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
    except (OSError, OverflowError) as error:
        listening.close()
        msg = f"{address}:{port}: expected a port that is free ({error}); choose another --port, or leave it out"
        raise OutputError(msg) from error
    return listening


def _shown_host(address: str) -> str:
    host = socket.gethostname() if address in _ANY else address
    return f"[{host}]" if ":" in host else host


def _names(address: str) -> frozenset[str]:
    """Return the names by which the server may be called; on any address, each of this computer's own."""
    own = {LOOPBACK, "localhost", "::1", address, socket.gethostname().lower()}
    if address in _ANY:
        own |= {str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None)}
    return frozenset(own)
