"""Packages that only some parts of a study need: imported when a part is made, with a message on what to install."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lggseg.errors import DependencyError


def needed(module: str, package: str, extra: str) -> Any:
    """Import a module of an optional package.

    Args:
        module: What to import, such as ``sklearn.linear_model``.
        package: Name of the package for ``pip``.
        extra: Extra of this project that brings it.

    Raises:
        DependencyError: If it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        msg = (
            f"expected the Python package {package}, got «{error}»; install it with: pip install 'lggseg[{extra}]' "
            f"(or pip install {package})"
        )
        raise DependencyError(msg) from error


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
