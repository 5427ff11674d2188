"""The command line ``lggseg``. Parsing only: each command lives in ``lggseg.commands``."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import lggseg
from lggseg import streams
from lggseg.errors import CancelledError, DependencyError, InputError, LggsegError, OutputError
from lggseg.notice import LICENCE, RESEARCH_USE

COMMANDS = {
    "segment": "outline the FLAIR abnormality of a study and measure it",
    "series": "list the series of a study, and say which would be segmented and why",
    "export": "write a result as DICOM SEG and SR",
    "classify": "say which slices show an abnormality, with a classifier of one's own",
    "demo": "make a synthetic study, segment it, and compare with the truth",
    "phantom": "write the synthetic study alone",
    "info": "say what is installed: program, model, runtimes",
    "cohort": "segment all studies in a folder, resumably, on many cores or machines",
    "growth": "say how the abnormality of a patient grew over several studies",
    "align": "align a later FLAIR volume with an earlier one",
    "features": "measure a folder of masks: one row a patient",
    "texture": "measure intensity and texture of FLAIR inside masks",
    "radiogenomics": "test shape features against molecular subtypes",
    "example": "write a synthetic cohort to try a study on",
    "agreement": "compare two tables of features (manual and model, say)",
}

_PACKAGES = {"PIL": "Pillow"}
"""Names to install packages by, where they differ from those to import them by."""

COMMAND_GROUP = "lggseg.commands"
"""Entry points of other packages: modules with SUMMARY, ``add_arguments`` and ``run``."""

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
    further = {} if wanted in COMMANDS else _further_commands()
    for name, summary in {**COMMANDS, **{name: module.SUMMARY for name, module in further.items()}}.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == wanted:
            module = further.get(name) or importlib.import_module(f"lggseg.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:  # as a program of its own, not within another one
        streams.make_safe()
    try:
        return _run(given)
    except LggsegError as error:
        return _report(error)
    except KeyboardInterrupt:
        return _report(CancelledError("cancelled; nothing was left half written"))
    except ModuleNotFoundError as error:
        return _report(_missing(error))
    except MemoryError:
        return _report(InputError("expected a volume that fits into memory, got a larger one; give a smaller one"))
    except OSError as error:
        if error.filename is not None:
            raise
        # Nobody reads our output any more, or its disk is full: files were written before anything was said.
        streams.abandon_output()
        return _report(
            OutputError(f"expected to write to standard output, got «{error.strerror}»; the files are whole")
        )


def _run(given: list[str]) -> int:
    wanted = next((argument for argument in given if not argument.startswith("-")), None)
    try:
        options = parser(wanted).parse_args(given)
    finally:
        streams.flush_output()  # the help, too, must not end in a fault of its own
    signal.signal(signal.SIGTERM, _interrupt)
    status: int = options.run(options)
    streams.flush_output()
    return status


def _missing(error: ModuleNotFoundError) -> LggsegError:
    """Return the error for a package that is not installed; a missing module of our own is a fault."""
    name = (error.name or "").partition(".")[0]
    if not name or name in sys.stdlib_module_names or name == lggseg.__name__:
        raise error
    package = _PACKAGES.get(name, name)
    return DependencyError(f"expected the Python package {package}, got «{error}»; install it: pip install {package}")


def _further_commands() -> dict[str, Any]:
    """Return the commands that packages beside this one bring, by name; this one imports none of them itself."""
    return {point.name: point.load() for point in importlib.metadata.entry_points(group=COMMAND_GROUP)}


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _report(error: LggsegError) -> int:
    sys.stderr.write(f"lggseg: {error}\n")
    return error.exit_status
