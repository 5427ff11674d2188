"""Train the network: ``python training/train.py --data PREPARED --fold 0``.

Reads the data set that training/prepare.py wrote and the folds in training/splits.json, and writes a
run folder: config.yaml, checkpoints, metrics.csv, TensorBoard logs, and at the end curves.png,
gallery.png, validation.json, model.pt and model/, which lggseg and 3D Slicer take. Network, loss,
augmentation and schedule are choices of the configuration: network.name=unet_bn loss.name=focal_tversky.
The same command goes on where a stopped run ended, as if it had not been stopped.
Several devices or nodes: start it with torchrun, or set --devices and --nodes; they share each batch.

Exit status: 0 done, 2 unusable input, 4 output not writable, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lggseg_training.places import PREPARED
from lggseg_training.script import exit_status, make_parser, parse_with_overrides

if TYPE_CHECKING:
    from lggseg_training.run import TrainRequest


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = make_parser("train", __doc__)
    which = result.add_mutually_exclusive_group()
    which.add_argument("--fold", type=int, default=0, help="leave this fold out and validate on it (default: 0)")
    which.add_argument("--all", action="store_true", help="train on all folds; nothing is left to validate on")
    result.add_argument("--data", type=Path, default=PREPARED, help="prepared data set (default: %(default)s)")
    result.add_argument(
        "--extra", type=Path, nargs="+", default=[], metavar="FOLDER", help="further prepared sets, to train on as well"
    )
    result.add_argument("--splits", type=Path, help="folds to use instead of training/splits.json")
    result.add_argument("--output", type=Path, help="run folder (default: runs/fold0, runs/all, ...)")
    result.add_argument(
        "--init",
        type=Path,
        metavar="RUN",
        help="start from a run that has not seen the fold; or, with --all, from a model",
    )
    result.add_argument("--config", type=Path, help="configuration file instead of training/config.yaml")
    result.add_argument(
        "--fast-dev-run", action="store_true", help="two steps on synthetic cases: does all of it work?"
    )
    result.add_argument("--restart", action="store_true", help="start anew where the run folder holds an earlier run")
    result.add_argument("--accelerator", default="auto", help="as in Lightning: auto, cpu, gpu, mps")
    result.add_argument("--devices", default="auto", help="how many, as in Lightning")
    result.add_argument("--nodes", type=int, default=1, help="machines that train together")
    result.add_argument("overrides", nargs="*", metavar="section.key=value", help="changes to the configuration")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and return the exit status."""
    options = parse_with_overrides(parser(), arguments)
    action = _fast_dev_run if options.fast_dev_run else _train
    return exit_status(
        "train", lambda: action(options), stopped="stopped; the same command goes on from the last checkpoint"
    )


def request_of(options: argparse.Namespace) -> TrainRequest:
    """Return the run that the options ask for."""
    from lggseg_training.plan import Patients  # noqa: PLC0415  (torch takes seconds to import; --help need not wait)
    from lggseg_training.run import TrainRequest  # noqa: PLC0415
    from lggseg_training.trainer import Machines  # noqa: PLC0415

    fold = None if options.all else options.fold
    return TrainRequest(
        patients=Patients(options.data, fold, tuple(options.extra), options.splits, options.init),
        output=options.output,
        config=options.config,
        overrides=tuple(options.overrides),
        restart=options.restart,
        machines=Machines(options.accelerator, options.devices, options.nodes),
    )


def _train(options: argparse.Namespace) -> None:
    from lggseg_training.run import train  # noqa: PLC0415

    train(request_of(options))


def _fast_dev_run(options: argparse.Namespace) -> None:
    from lggseg_training.run import train  # noqa: PLC0415
    from lggseg_training.synthetic import write_synthetic_dataset  # noqa: PLC0415

    request = request_of(options)
    quick = ("optimization.steps=2", "optimization.batch_size=2", "sampling.crop_pixels=64", "sampling.workers=0",
             "validation.every_steps=2", "optimization.warmup_steps=1")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        data = write_synthetic_dataset(Path(folder) / "data", patients=5)
        train(
            replace(
                request,
                patients=replace(request.patients, data=data, splits=data / "splits.json"),
                output=request.output or Path(folder) / "run",
                overrides=(*quick, *request.overrides),
            )
        )


if __name__ == "__main__":
    raise SystemExit(main())
