"""Measure a predictor on labelled patients: ``python training/evaluate.py --run runs/fold0``.

What can be measured (--run, --model, --maps or --masks) on what (--data or --pairs):

* --run FOLDER ...: runs of training/train.py, each on the patients it was not trained on, pooled;
* --model FOLDER: a model folder, by default the shipped one. The shipped model has seen every patient
  of training/splits.json: figures on those are no measure of new patients, and the report says so;
* --maps FOLDER: probability maps of training/out_of_fold.py, each by a network that has not seen the patient,
  with the rule of the shipped model unless --threshold or --components say otherwise;
* --masks FOLDER: masks made by anything, named CASE.nii.gz or CASE/segmentation.nii.gz.

Writes cases.csv, summary.json (volumetric figures per patient), counts.json (the same masks counted in
every other way: pooled over pixels, mean over slices; slices with and without tumor) and report.html with
confusion matrices, ROC and precision-recall curves, and pictures and films of the worst, median and best
case. A run of a slice classifier gets the part on slices alone.
Exit status: 0 done, 2 unusable input, 4 output not writable.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lggseg.model.postprocessing import COMPONENTS
from lggseg.model.predictor import RUNTIMES
from lggseg_training.evaluation_request import ALL_SPLITS, SPLITS, EvaluationRequest
from lggseg_training.made_with import SEQUENCES
from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("evaluate", __doc__)
    what = result.add_mutually_exclusive_group()
    what.add_argument("--run", type=Path, nargs="+", metavar="FOLDER", help="run folders of training/train.py")
    what.add_argument("--model", type=Path, metavar="FOLDER", help="a model folder")
    what.add_argument("--maps", type=Path, metavar="FOLDER", help="of training/out_of_fold.py")
    what.add_argument("--masks", type=Path, metavar="FOLDER", help="masks made by anything")
    on = result.add_mutually_exclusive_group()
    on.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    on.add_argument("--pairs", type=Path, metavar="FOLDER", help="NAME-flair.nii.gz and NAME-label.nii.gz side by side")
    result.add_argument("--fold", type=int, help="only the patients of this fold of training/splits.json")
    result.add_argument(
        "--split", choices=(*SPLITS, ALL_SPLITS), default="validation",
        help="of --run: whom to measure on; test are patients of none of its folds (default: validation)",
    )  # fmt: skip
    result.add_argument(
        "--sequences", choices=SEQUENCES,
        help="what the predictor may see; of --maps and --masks, what it saw (default: all; as the maps say; unknown)",
    )  # fmt: skip
    result.add_argument("--threshold", type=float, help="default: that of the model, or of that in a run")
    result.add_argument("--components", choices=COMPONENTS, help="pieces to keep (default: the model's)")
    result.add_argument("--runtime", choices=RUNTIMES, default="auto", help="for --model (default: auto)")
    result.add_argument("--save-masks", action="store_true", help="keep the masks: OUTPUT/masks/CASE.nii.gz")
    result.add_argument("-o", "--output", type=Path, default=Path("runs/evaluation"), help="default: %(default)s")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate and return the exit status."""
    options = parser().parse_args(arguments)
    return exit_status("evaluate", lambda: _evaluate(options))


def request_of(options: argparse.Namespace) -> EvaluationRequest:
    """Return what the options ask for."""
    return EvaluationRequest(
        output=options.output,
        data=options.data,
        pairs=options.pairs,
        runs=tuple(options.run or ()),
        model=options.model,
        masks=options.masks,
        maps=options.maps,
        fold=options.fold,
        split=options.split,
        sequences=options.sequences,
        threshold=options.threshold,
        components=options.components,
        runtime=options.runtime,
        save_masks=options.save_masks,
    )


def _evaluate(options: argparse.Namespace) -> None:
    from lggseg_training.evaluation import evaluate  # noqa: PLC0415  (torch takes seconds to import; --help need not wait)

    summary = evaluate(request_of(options))
    if "splits" in summary:
        for split, of in summary["splits"].items():
            say(f"{split}: {of['slices']} slices of {of['patients']} patients, area under the ROC {of['auc']}")
    else:
        dice = summary["all"]["dice"]
        say(f"Dice of {dice['patients']} patients: mean {dice['mean']:.3f}, median {dice['median']:.3f}")
    say(f"report: {options.output / 'report.html'}")


if __name__ == "__main__":
    raise SystemExit(main())
