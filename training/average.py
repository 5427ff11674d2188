"""Average the weights of runs that go on from each other: ``python training/average.py --run A B -o C``.

A run, and one that starts from its weights (``train.py --init``), end up in the same valley of the loss; the
middle lies flatter than either end (Izmailov et al. 2018, stochastic weight averaging). Writes a run folder
without a checkpoint: ``evaluate.py``, ``export.py`` and ``lggseg --model`` take it like any other.
Exit status: 0 done, 2 unusable input, 3 the two runtimes differ, 4 output not writable.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "LGGSegmentation")]

import torch  # noqa: E402
from torch.optim.swa_utils import AveragedModel  # noqa: E402

from lggseg.bundle import RUN_MODEL_FOLDER  # noqa: E402
from lggseg.errors import InputError, LggsegError, OutputError  # noqa: E402
from lggseg.network import FlairUNet  # noqa: E402
from training import config as configuration  # noqa: E402
from training.export import export  # noqa: E402
from training.run import load_weights, read_plan, write_plan  # noqa: E402
from training.run_files import CONFIG_FILE, PLAN_FILE, WEIGHTS_FILE  # noqa: E402


def average(runs: Sequence[Path], folder: Path) -> None:
    """Write a run folder with the mean of the weights of several.

    Args:
        runs: Run folders of training/train.py.
        folder: A new folder.

    Raises:
        InputError: If one run was trained on whom another validates on, or their networks differ.
        OutputError: If the folder is not new.
    """
    if folder.exists():
        msg = f"{folder}: expected a new folder; choose another --output"
        raise OutputError(msg)
    plan = _common_plan(runs)
    settings = configuration.load(runs[-1] / CONFIG_FILE)
    network = FlairUNet(tuple(settings.network.features))
    mean = AveragedModel(network, use_buffers=True)
    for run in runs:
        load_weights(network, run)
        mean.update_parameters(network)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, under its own name, which the model card tells: the folder appears whole or not at all.
    with tempfile.TemporaryDirectory(prefix=".average-", dir=folder.parent) as temporary:
        stage = Path(temporary) / folder.name
        stage.mkdir()
        configuration.save(settings, stage / CONFIG_FILE)
        write_plan(stage / PLAN_FILE, folder.name, **plan)
        torch.save(mean.module.state_dict(), stage / WEIGHTS_FILE)
        export(stage, stage / RUN_MODEL_FOLDER, {}, None, None)
        stage.rename(folder)


def _common_plan(runs: Sequence[Path]) -> dict[str, set[str]]:
    """Return all who were trained on, and who validates."""
    plans = [read_plan(run) for run in runs]
    training = {patient for plan in plans for patient in plan["training"]}
    validation = {patient for plan in plans for patient in plan["validation"]}
    leaked = sorted(training & validation)
    if leaked:
        msg = (
            f"expected runs that leave out the same patients, got some of which {leaked[0]} is trained on in one and "
            "validates another; give runs of one fold"
        )
        raise InputError(msg)
    return {"training": training, "validation": validation}


def main(arguments: Sequence[str] | None = None) -> int:
    """Average runs and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, nargs="+", required=True, metavar="FOLDER", help="runs of train.py")
    parser.add_argument("-o", "--output", type=Path, required=True, help="run folder to write")
    options = parser.parse_args(arguments)
    try:
        average(options.run, options.output)
    except LggsegError as error:
        print(f"average: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    except OSError as error:
        print(f"average: {options.output}: cannot be written ({error.strerror})", file=sys.stderr)  # noqa: T201
        return OutputError.exit_status
    print(f"{options.output}: the mean of {len(options.run)} runs")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
