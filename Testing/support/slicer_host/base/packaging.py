"""Stand-in of ``slicer.packaging`` (Slicer 5.12): checks, and never installs, as Slicer in testing mode."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import slicer


def load_requirements(path: str | Path) -> list[Any]:
    """Return the requirements in a file."""
    from packaging.requirements import Requirement

    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pip_check(req: Any, _seen: Any = None) -> bool:
    """Tell whether requirements are met."""
    for one in req if isinstance(req, list) else [req]:
        try:
            version = importlib.metadata.version(one.name)
        except importlib.metadata.PackageNotFoundError:
            return False
        if version not in one.specifier:
            return False
    return True


def pip_ensure(  # noqa: PLR0913, PLR0917 - Slicer's signature
    requirements: Any,
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> None:
    """Pretend to ask and install: nothing is installed in testing mode."""
    if pip_check(requirements) or (skip_in_testing and slicer.app.testingEnabled()):
        return
    msg = "User declined package installation"
    raise RuntimeError(msg)
