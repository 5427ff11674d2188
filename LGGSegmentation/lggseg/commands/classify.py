"""``lggseg classify``: which slices of a study show an abnormality."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path

from lggseg.commands.segment import add_study_arguments, study_request_of
from lggseg.errors import InputError
from lggseg.files import refuse_to_replace, write_text
from lggseg.notice import RESEARCH_USE
from lggseg.segmentation.progress import STYLES, make_progress

SLICES_FILE = "slices.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    add_study_arguments(parser)
    parser.add_argument(
        "--model", type=Path, required=True, metavar="FOLDER",
        help="a slice classifier: a run of training/train.py network.name=resnet50_classifier",
    )  # fmt: skip
    parser.add_argument("--threshold", type=float, default=0.5, help="probability from which a slice counts (.5)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help=f"folder for {SLICES_FILE}")
    parser.add_argument("--overwrite", action="store_true", help="replace a result that is in the folder already")
    parser.add_argument("--progress", choices=STYLES, default="bar", help="bar, JSON lines, or nothing")


def run(options: argparse.Namespace) -> int:
    """Classify, write, and say how many slices show something."""
    from lggseg.model.bundle import load_bundle  # noqa: PLC0415  (SimpleITK and scipy: not for --help)
    from lggseg.model.classifier import classify  # noqa: PLC0415
    from lggseg.model.networks.registry import CLASSIFICATION  # noqa: PLC0415
    from lggseg.model.predictor import make_predictor  # noqa: PLC0415
    from lggseg.segmentation import input_check  # noqa: PLC0415
    from lggseg.segmentation.study import read_study  # noqa: PLC0415

    if not 0.0 < options.threshold < 1.0:
        msg = f"expected a threshold between 0 and 1, got {options.threshold:g}"
        raise InputError(msg)
    if not options.overwrite:
        refuse_to_replace(options.output, [SLICES_FILE])
    bundle = load_bundle(options.model)
    classifier = make_predictor(bundle, task=CLASSIFICATION)
    study = read_study(study_request_of(options))
    progress = make_progress(options.progress, "lggseg")
    progress.start(study.images["flair"].GetSize()[2])
    slices = classify(study.images, classifier, lambda done, total: progress.advance("segmenting", done, total))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("slice", "center_l_mm", "center_p_mm", "center_s_mm", "probability", "abnormal"))
    for found in slices:
        abnormal = int(found.probability >= options.threshold)
        writer.writerow((found.slice, *found.center_mm, f"{found.probability:.4f}", abnormal))
    write_text(options.output / SLICES_FILE, stream.getvalue())
    abnormal = sum(found.probability >= options.threshold for found in slices)
    said = [*input_check.notes(study.assessment), *study.notes]
    file = options.output / SLICES_FILE
    progress.result({"abnormal_slices": abnormal, "slices": len(slices), "notes": said, "file": str(file)})
    if options.progress != "json":
        sys.stdout.write(f"{abnormal} of {len(slices)} slices look abnormal: {file}\n")
        sys.stdout.writelines(f"note: {note}\n" for note in said)
        sys.stdout.write(f"{bundle.name} {bundle.version}. {RESEARCH_USE}\n")
    return 0
