"""Write the weights of a run into a model folder: ``python training/export.py --run runs/all``.

Stores the weights in half precision, once for PyTorch (models/model.pt) and once for ONNX Runtime
(models/model.onnx), checks that both give the same logits, and writes checksums, figures and version
into configs/metadata.json. Exit status: 0 done, 2 unusable input, 3 the two runtimes differ, 4 not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg_training.places import SHIPPED_MODEL
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("export", __doc__)
    result.add_argument("--run", type=Path, required=True, help="run folder of training/train.py")
    result.add_argument("--output", type=Path, default=SHIPPED_MODEL, help="model folder (default: the shipped one)")
    result.add_argument(
        "--metrics", type=Path, nargs="*", default=[], metavar="JSON", help="summary.json of evaluations: the figures"
    )
    result.add_argument(
        "--calibration", type=Path, metavar="JSON", help="of calibrate.py: how far results can be trusted"
    )
    result.add_argument("--rule", type=Path, metavar="JSON", help="of choose_rule.py: how maps become masks")
    result.add_argument("--version", help="version of the model")
    result.add_argument("--note", help="what is new in it")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Export a run and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("export", lambda: _export(options))


def _export(options: argparse.Namespace) -> None:
    from lggseg_training.exporting import (  # noqa: PLC0415  (torch: not for --help)
        Statement,
        describe,
        export,
        headline,
        read_calibration,
        read_rule,
    )

    calibration = read_calibration(options.calibration) if options.calibration else None
    rule = read_rule(options.rule) if options.rule else None
    figures = headline(options.metrics)
    said = Statement(figures, options.version, options.note, calibration, rule)
    bundle = export(options.run, options.output, said)
    say(describe(bundle))


if __name__ == "__main__":
    raise SystemExit(main())
