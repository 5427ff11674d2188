"""Fit what tells FLAIR from T1 by the network's features: ``training/fit_sequence_check.py --data runs/prepared``.

Writes configs/sequence.json into the model folder, for its present weights, and prints how it does on patients that it
was not fitted on, and on FLAIR volumes of elsewhere when fitted on the data set alone. Run it again for new weights.
Exit status: 0 done, 2 unusable input, 3 unusable model, 4 output not writable.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lggseg.files import write_text
from lggseg.model.bundle import load_bundle
from lggseg.model.sequence_check import SEQUENCE_FILE
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("fit_sequence_check", __doc__)
    result.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="a prepared data set with T1")
    result.add_argument("--external", type=Path, metavar="FOLDER", help="a prepared data set of FLAIR from elsewhere")
    result.add_argument("--model", type=Path, metavar="FOLDER", help="default: the model that ships with lggseg")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("fit_sequence_check", lambda: _fit(options))


def _fit(options: argparse.Namespace) -> None:
    from lggseg_training.sequence_check import fit, samples_of  # noqa: PLC0415  (numpy, onnx: not for --help)

    bundle = load_bundle(options.model)
    samples = samples_of(bundle, options.data, options.external, say)
    content = fit(samples, bundle)
    write_text(bundle.folder / SEQUENCE_FILE, json.dumps(content) + "\n")
    say(json.dumps(content["measured"], indent=1))


if __name__ == "__main__":
    raise SystemExit(main())
