"""The voxel size that a user gives (``--spacing``), beside what a file says itself: it fills gaps alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lggseg.errors import InputError

Spacing = tuple[float, float, float]

_SAME = 1e-2  # relative: people round


class IfNeeded(tuple[float, float, float]):
    """A voxel size that was given for several files at once: a file that stores its own keeps it."""

    __slots__ = ()


def completed(stored: Sequence[float], given: Spacing | None, name: str) -> list[float]:
    """Return the voxel size of a file, with what it does not store taken from the user.

    Args:
        stored: Edges ``(i, j, k)`` in millimetres; NaN where the file does not say.
        given: That of the user, or None.
        name: What to call the file in a message.

    Returns:
        Three edges in millimetres, NaN where neither says.

    Raises:
        InputError: If the file stores all three and the size was given for it alone, or another one than was given.
    """
    edges = np.array(stored, dtype=np.float64)
    if given is None:
        return [float(edge) for edge in edges]
    known = np.isfinite(edges)
    if known.all():
        refuse_needless(given, name)
        return [float(edge) for edge in edges]
    if (np.abs(edges[known] / np.array(given)[known] - 1) > _SAME).any():
        asked = " ".join(f"{edge:g}" if is_known else "?" for edge, is_known in zip(edges, known, strict=True))
        msg = (
            f"{name}: expected --spacing {asked}, which the file says in part itself, got "
            f"{' '.join(f'{edge:g}' for edge in given)}; correct the numbers that are not ?"
        )
        raise InputError(msg)
    return [float(edge) for edge in np.where(known, edges, given)]


def refuse_needless(given: Spacing | None, name: str) -> None:
    """Make sure that no voxel size was given for this file alone, which stores its own.

    Raises:
        InputError: If one was.
    """
    if given is not None and not isinstance(given, IfNeeded):
        msg = f"{name}: expected no --spacing, got one for a volume that stores its own voxel size; leave it out"
        raise InputError(msg)
