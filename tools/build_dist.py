"""Build the wheel and the source archive so that the same commit gives the same bytes: ``python tools/build_dist.py``.

They are built from the commit, not from the folder: what is not committed is not in them. All times are the commit's.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from lggseg.files import sha256_of

ROOT = Path(__file__).resolve().parents[1]


def build(folder: Path) -> list[Path]:
    """Build both into a folder; return them, wheel first."""
    os.umask(0o022)
    epoch = int(_git("log", "-1", "--format=%ct"))
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source"
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "HEAD"))) as archive:
            archive.extractall(source, filter="data")
        environment = {
            **os.environ,
            "SOURCE_DATE_EPOCH": str(epoch),
            "PIP_CONSTRAINT": str(source / "constraints" / "release.txt"),
            "PIP_QUIET": "1",
        }
        subprocess.run(
            [sys.executable, "-m", "build", "--outdir", str(folder), str(source)],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
    wheel, sdist = next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))
    repack(sdist, epoch)
    return [wheel, sdist]


def repack(archive: Path, epoch: int) -> None:
    """Write a source archive anew: sorted, nobody's, all of one time. Setuptools leaves the hour of the build in it."""
    with tarfile.open(archive) as old:
        members = [(member, old.extractfile(member)) for member in sorted(old.getmembers(), key=lambda m: m.name)]
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as new:
            for member, content in members:
                member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
                member.pax_headers = {}
                new.addfile(member, content)
    with archive.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=epoch) as packed:
        packed.write(buffer.getvalue())


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def main() -> None:
    """Build, and print the checksums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "dist")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]:
        old.unlink()
    for path in build(folder):
        sys.stdout.write(f"{sha256_of(path)}  {path}\n")


if __name__ == "__main__":
    main()
