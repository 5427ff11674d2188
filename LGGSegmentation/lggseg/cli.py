"""The command line ``lggseg``. Parsing only: each command lives in ``lggseg.commands``."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import lggseg
from lggseg.errors import CancelledError, LggsegError
from lggseg.notice import LICENCE, RESEARCH_USE

COMMANDS = {
    "segment": "outline the FLAIR abnormality of a study and measure it",
    "series": "list the series of a study, and say which would be segmented and why",
    "demo": "make a synthetic study, segment it, and compare with the truth",
    "phantom": "write the synthetic study alone",
    "info": "say what is installed: program, model, runtimes",
    "cohort": "segment all studies in a folder, resumably, on many cores or machines",
    "growth": "say how the abnormality of a patient grew over several studies",
    "features": "measure a folder of masks: one row a patient",
    "radiogenomics": "test shape features against molecular subtypes",
    "agreement": "compare two tables of features (manual and model, say)",
}

EPILOG = (
    """\
exit status:
  0    done (no abnormality found is a result, not an error)
  1    a fault of the program
  2    wrong usage, or an input that cannot be used
  3    the model is missing, damaged or does not fit
  4    a result could not be written
  5    a Python package is missing
  130  stopped by the user; nothing was left half written

"""
    + f"{RESEARCH_USE}\n{LICENCE}"
)


def parser(wanted: str | None = None) -> argparse.ArgumentParser:
    """Return the parser; only the command ``wanted`` gets its arguments, which saves imports."""
    result = argparse.ArgumentParser(
        prog="lggseg",
        description="Outlines the FLAIR abnormality of lower-grade glioma and measures its shape.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--version", action="version", version=f"lggseg {lggseg.__version__}")
    commands = result.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == wanted:
            module = importlib.import_module(f"lggseg.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wanted = next((argument for argument in given if argument in COMMANDS), None)
    options = parser(wanted).parse_args(given)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        status: int = options.run(options)
    except LggsegError as error:
        return _report(error)
    except KeyboardInterrupt:
        return _report(CancelledError("cancelled; nothing was left half written"))
    except BrokenPipeError:
        # Whoever reads our output has gone; Python would complain once more at exit.
        sys.stderr.close()
        return 1
    return status


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _report(error: LggsegError) -> int:
    sys.stderr.write(f"lggseg: {error}\n")
    return error.exit_status
