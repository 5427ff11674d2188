"""Measure a predictor on labelled patients: ``python training/evaluate.py --run runs/fold0``.

What can be measured (--run, --model or --masks) on what (--data or --pairs):

* --run FOLDER ...: runs of training/train.py, each on the patients it was not trained on, pooled;
* --model FOLDER: a model folder, by default the shipped one. The shipped model has seen every patient
  of training/splits.json: figures on those are no measure of new patients, and the report says so;
* --masks FOLDER: masks made by anything, named CASE.nii.gz or CASE/segmentation.nii.gz.

Writes cases.csv, summary.json and report.html (worst cases with pictures). All figures are
volumetric and per patient. Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "LGGSegmentation")]

from lggseg.errors import LggsegError  # noqa: E402
from lggseg.postprocessing import COMPONENTS  # noqa: E402
from lggseg.predictor import RUNTIMES  # noqa: E402


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    result = argparse.ArgumentParser(
        prog="evaluate.py", description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = result.add_mutually_exclusive_group()
    what.add_argument("--run", type=Path, nargs="+", metavar="FOLDER", help="run folders of training/train.py")
    what.add_argument("--model", type=Path, metavar="FOLDER", help="a model folder")
    what.add_argument("--masks", type=Path, metavar="FOLDER", help="masks made by anything")
    on = result.add_mutually_exclusive_group()
    on.add_argument("--data", type=Path, default=Path("data/prepared"), help="prepared data set (default: %(default)s)")
    on.add_argument("--pairs", type=Path, metavar="FOLDER", help="NAME-flair.nii.gz and NAME-label.nii.gz side by side")
    result.add_argument("--fold", type=int, help="only the patients of this fold of training/splits.json")
    result.add_argument("--sequences", choices=("all", "flair"), default="all", help="what the predictor may see")
    result.add_argument("--threshold", type=float, help="default: that of the model, for a run that of the shipped one")
    result.add_argument("--components", choices=COMPONENTS, help="pieces to keep (default: the model's)")
    result.add_argument("--runtime", choices=RUNTIMES, default="auto", help="for --model (default: auto)")
    result.add_argument("--save-masks", action="store_true", help="keep the masks: OUTPUT/masks/CASE.nii.gz")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/evaluation"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        from training.evaluation import evaluate  # noqa: PLC0415  (torch takes seconds to import; --help need not wait)

        summary = evaluate(options)
    except LggsegError as error:
        print(f"evaluate: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    except OSError as error:
        print(f"evaluate: {options.output}: cannot be written ({error.strerror})", file=sys.stderr)  # noqa: T201
        return 4
    dice = summary["all"]["dice"]
    print(f"Dice of {dice['patients']} patients: mean {dice['mean']:.3f}, median {dice['median']:.3f}")  # noqa: T201
    print(f"report: {options.output / 'report.html'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
