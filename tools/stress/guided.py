"""Damage guided by what it reaches: ``python -m tools.stress.guided NAME --runs 20000`` (Linux; needs atheris).

Atheris changes the bytes of small files so that they take branches of our own header checks that no input took
before. It ends with the status of libFuzzer: 0 where nothing but readings and refusals came.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lggseg.errors import LggsegError

_LONGEST_BYTES = 16_384  # of a whole input


def _parts() -> dict[str, tuple[str, Callable[[Path], object]]]:
    """Return, by name, the ending of the file and what looks at it."""
    from lggseg.cohort.delimited import read_sheet  # noqa: PLC0415  (imported while Atheris watches)
    from lggseg.volumes import integrity  # noqa: PLC0415

    return {
        "nifti": (".nii", integrity.check_file),
        "nrrd": (".nrrd", integrity.check_file),
        "metaimage": (".mha", integrity.check_file),
        "table": (".csv", read_sheet),
    }


def main() -> int:
    """Run one of the parts."""
    parser = argparse.ArgumentParser(prog="python -m tools.stress.guided", description=__doc__)
    parser.add_argument("name", choices=("nifti", "nrrd", "metaimage", "table"))
    parser.add_argument("--runs", type=int, default=20_000, metavar="N", help="inputs (default: 20000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    options = parser.parse_args()
    try:
        import atheris  # noqa: PLC0415  (for Linux alone)
    except ImportError:
        parser.error("expected the package atheris; install it: pip install atheris")
    with atheris.instrument_imports(include=["lggseg.volumes", "lggseg.cohort"]):
        ending, look = _parts()[options.name]
    with tempfile.TemporaryDirectory(prefix="stress-") as place:
        corpus, file = Path(place, "corpus"), Path(place, f"input{ending}")
        corpus.mkdir()
        _plant(options.name, corpus)

        def try_one(data: bytes) -> None:
            file.write_bytes(data)
            try:
                look(file)
            except LggsegError:
                return

        flags = [f"-atheris_runs={options.runs}", f"-seed={options.seed}", f"-max_len={_LONGEST_BYTES}"]
        atheris.Setup([sys.argv[0], *flags, "-timeout=10", str(corpus)], try_one)
        atheris.Fuzz()
    return 0


def _plant(name: str, corpus: Path) -> None:
    from tools.stress import originals  # noqa: PLC0415  (after Atheris has seen the imports of the parts)

    write = {
        "nifti": originals.volume(".nii"),
        "nrrd": originals.volume(".nrrd"),
        "metaimage": originals.volume(".mha"),
        "table": originals.feature_table,
    }[name]
    write(corpus)


if __name__ == "__main__":
    sys.exit(main())
