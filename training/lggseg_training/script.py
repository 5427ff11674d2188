"""What every script here has in common: its help is its docstring, and its errors are one line and a status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from lggseg.errors import CancelledError, LggsegError, OutputError
from lggseg_training.console import quiet_libraries


def make_parser(name: str, docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help is the docstring of a script."""
    description, _, rest = (docstring or "").partition("\n\n")
    return argparse.ArgumentParser(
        prog=f"{name}.py",
        description=description,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def exit_status(
    name: str, action: Callable[[], None], *, stopped: str = "stopped; nothing was left half written"
) -> int:
    """Do the work of a script and return its exit status.

    Args:
        name: Of the script, before each message.
        action: The work; what it raises becomes one line on standard error.
        stopped: What a person who stopped it has to know.
    """
    quiet_libraries()
    try:
        action()
    except LggsegError as error:
        return _fail(name, str(error), error.exit_status)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = f"{place}expected to read and write there, got «{error.strerror or error}»; check rights and space"
        return _fail(name, reason, OutputError.exit_status)
    except KeyboardInterrupt:
        return _fail(name, stopped, CancelledError.exit_status)
    return 0


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(line + "\n")


def _fail(name: str, reason: str, status: int) -> int:
    sys.stderr.write(f"{name}: {reason}\n")
    return status
