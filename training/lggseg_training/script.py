"""What every script here has in common: its help is its docstring, and its errors are one line and a status."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence

from lggseg.errors import CancelledError, LggsegError, OutputError
from lggseg_training.console import quiet_libraries

_OVERRIDE = re.compile(r"(seed|[a-z_]+(\.\w+)+)=")


def make_parser(name: str, docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help is the docstring of a script."""
    description, _, rest = (docstring or "").partition("\n\n")
    return argparse.ArgumentParser(
        prog=f"{name}.py",
        description=description,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def parse_with_overrides(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse a command line on which changes to the configuration may stand anywhere.

    Args:
        parser: Has the argument ``overrides``.
        arguments: Of the command line; those of the process where None.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    # Taken out first: an option that takes several words, such as --extra, would swallow those behind it.
    overrides = [word for word in words if _OVERRIDE.match(word)]
    options = parser.parse_intermixed_args([word for word in words if not _OVERRIDE.match(word)])
    options.overrides = [*overrides, *options.overrides]
    return options


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
