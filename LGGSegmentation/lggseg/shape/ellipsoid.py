"""Minimum-volume enclosing ellipsoid (Loewner-John ellipsoid) of a point set.

Solved to a proven gap by Khachiyan's algorithm with the starting points of Kumar and Yildirim and
the away steps of Todd and Yildirim, helped over its slow end by Newton steps:

* L. G. Khachiyan, Rounding of polytopes in the real number model of computation,
  Mathematics of Operations Research 21 (1996) 307-320.
* P. Kumar, E. A. Yildirim, Minimum-volume enclosing ellipsoids and core sets,
  Journal of Optimization Theory and Applications 126 (2005) 1-21.
* M. J. Todd, E. A. Yildirim, On Khachiyan's algorithm for the computation of minimum-volume
  enclosing ellipsoids, Discrete Applied Mathematics 155 (2007) 1731-1744.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MAXIMUM_ROUNDS = 200
_STEPS_A_ROUND = 40
_NEWTON_STEPS = 30
_NO_WEIGHT = 1e-12
_ROUNDING = 1e-12
_FLAT = 1e-9
"""A set is flat when its smallest extent is below this share of its largest."""


@dataclass(frozen=True)
class Ellipsoid:
    """The set of x with ``(x - centre)^T inverse(shape) (x - centre) <= 1``.

    Attributes:
        centre: ``(d,)`` middle.
        shape: ``(d, d)`` symmetric positive matrix; the squared semi-axes are its eigenvalues.
        gap: Proven relative excess of ``volume`` over the smallest possible one.
    """

    centre: FloatArray
    shape: FloatArray
    gap: float

    @property
    def volume(self) -> float:
        """Volume in the cubed unit of the points: ``pi^(d/2) / Gamma(d/2 + 1) * sqrt(det shape)``."""
        d = len(self.centre)
        unit_ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
        return float(unit_ball * math.sqrt(np.linalg.det(self.shape)))


def enclosing_ellipsoid(points: npt.ArrayLike, tolerance: float = 1e-6) -> Ellipsoid | None:
    """Return the ellipsoid of least volume that holds all points.

    The ellipsoid returned really holds every point (it is inflated by what the last step left),
    and its volume is at most ``(1 + tolerance)^(d / 2)`` times the least one. It moves with the
    points under every affine map, so any ratio of volumes taken with it is affine invariant.

    Args:
        points: ``(n, d)`` coordinates; the vertices of the convex hull are enough.
        tolerance: Largest relative violation of the optimality conditions to stop at.

    Returns:
        The ellipsoid, or None where the points lie in a plane or on a line (its volume is then 0).
    """
    given = np.asarray(points, dtype=np.float64)
    whitening = _whitening(given)
    if whitening is None:
        return None
    middle, matrix = whitening
    # Solved on whitened points: the answer is affine invariant, the arithmetic is not.
    round_points = (given - middle) @ matrix
    weights = _solve(round_points, tolerance)
    centre = weights @ round_points
    offsets = round_points - centre
    shape = offsets.T @ (offsets * weights[:, None]) * given.shape[1]
    reach = float(np.max(np.einsum("nd,de,ne->n", offsets, np.linalg.inv(shape), offsets)))
    back = np.linalg.inv(matrix)
    return Ellipsoid(
        centre=middle + centre @ back,
        shape=back.T @ (shape * reach) @ back,
        gap=max(reach, 1.0) ** (given.shape[1] / 2) - 1.0,
    )


def _whitening(points: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return the middle and the matrix that make the points round, or None where they are flat."""
    middle = points.mean(axis=0)
    if len(points) <= points.shape[1]:
        return None
    _, extents, axes = np.linalg.svd(points - middle, full_matrices=False)
    if extents[0] == 0 or extents[-1] <= _FLAT * extents[0]:
        return None
    return middle, axes.T * (math.sqrt(len(points)) / extents)


def _starting_weights(points: FloatArray) -> FloatArray:
    """Put equal weights on the two extreme points along each of d directions that span the space."""
    n, d = points.shape
    chosen: set[int] = set()
    spanned = np.zeros((d, 0))
    for _ in range(d):
        # The direction least explained by the segments chosen so far.
        basis, _, _ = np.linalg.svd(spanned, full_matrices=True)
        along = points @ basis[:, spanned.shape[1]]
        low, high = int(np.argmin(along)), int(np.argmax(along))
        chosen |= {low, high}
        spanned = np.column_stack([spanned, points[high] - points[low]])
    weights = np.zeros(n)
    weights[sorted(chosen)] = 1.0 / len(chosen)
    return weights


def _solve(points: FloatArray, tolerance: float) -> FloatArray:
    """Return the ``(n,)`` weights of the optimal design behind the ellipsoid.

    With ``q = (x, 1)`` and ``X = sum(w q q^T)``, the optimum has ``m = q^T X^-1 q <= d + 1`` for
    every point, with equality where the weight is positive. Rounds of single steps find which
    points carry weight; a Newton step on those then finds how much.
    """
    d = points.shape[1]
    lifted = np.column_stack([points, np.ones(len(points))])
    weights = _starting_weights(points)
    for _ in range(_MAXIMUM_ROUNDS):
        if _exchange(lifted, weights, tolerance):
            break
        weights = _newton(lifted, weights / weights.sum())
        if np.max(_reach(lifted, weights)) <= (d + 1) * (1 + tolerance):
            break
    return np.asarray(weights / weights.sum())


def _reach(lifted: FloatArray, weights: FloatArray) -> FloatArray:
    """Return m for every point."""
    inverse = np.linalg.inv(lifted.T @ (lifted * weights[:, None]))
    return np.asarray(np.einsum("nd,nd->n", lifted @ inverse, lifted))


def _exchange(lifted: FloatArray, weights: FloatArray, tolerance: float) -> bool:
    """Improve the weights in place by one round of steps; True when the conditions hold to the tolerance.

    Each step moves weight towards the point that breaks ``m <= d + 1`` most, or away from the one
    with weight whose m is most below it.
    """
    d = lifted.shape[1] - 1
    inverse = np.linalg.inv(lifted.T @ (lifted * weights[:, None]))
    m = np.einsum("nd,nd->n", lifted @ inverse, lifted)
    for _ in range(_STEPS_A_ROUND):
        up = int(np.argmax(m))
        down = int(np.argmin(np.where(weights > 0, m, np.inf)))
        too_far, too_near = m[up] / (d + 1) - 1, 1 - m[down] / (d + 1)
        if max(too_far, too_near) <= tolerance:
            return True
        point = up if too_far > too_near else down
        step = _step(float(m[point]), float(weights[point]), d)
        row = inverse @ lifted[point]
        change = step / (1 - step + step * m[point])
        # Sherman-Morrison: the rank-one change of X, its inverse and every m in O(n d).
        m = (m - change * (lifted @ row) ** 2) / (1 - step)
        inverse = (inverse - change * np.outer(row, row)) / (1 - step)
        weights *= 1 - step
        weights[point] += step
        if weights[point] < _NO_WEIGHT:
            weights[point] = 0.0
    return False


def _newton(lifted: FloatArray, weights: FloatArray) -> FloatArray:
    """Return better weights on the points that have some, by Newton steps on ``log det X``.

    Its gradient is ``m_i`` and its Hessian ``-(q_i^T X^-1 q_j)^2``, which is singular when more
    points touch the ellipsoid than are needed to hold it: the shortest of all Newton steps is
    taken, cut off where a weight reaches 0.
    """
    weights = weights.copy()
    for _ in range(_NEWTON_STEPS):
        support = np.flatnonzero(weights)
        q = lifted[support]
        gram = q @ np.linalg.inv(q.T @ (q * weights[support, None])) @ q.T
        ones = np.ones((len(support), 1))
        system = np.block([[gram**2, ones], [ones.T, np.zeros((1, 1))]])
        move = np.linalg.lstsq(system, np.append(np.diag(gram), 0.0), rcond=1e-10)[0][:-1]
        falling = move < 0
        room = np.min(-weights[support][falling] / move[falling], initial=np.inf)
        changed = weights.copy()
        changed[support] = np.maximum(weights[support] + min(1.0, room) * move, 0.0)
        changed[changed < _NO_WEIGHT] = 0.0
        changed /= changed.sum()
        if _log_det(lifted, changed) < _log_det(lifted, weights) - _ROUNDING:
            break
        weights = changed
        if room >= 1 and np.max(np.abs(move)) < _ROUNDING:
            break
    return weights


def _log_det(lifted: FloatArray, weights: FloatArray) -> float:
    sign, value = np.linalg.slogdet(lifted.T @ (lifted * weights[:, None]))
    return float(value) if sign > 0 else -math.inf


def _step(m: float, weight: float, d: int) -> float:
    """Return the exact line-search step; negative takes weight away, at most all of it."""
    all_of_it = -weight / (1 - weight) if weight < 1 else -math.inf
    if m <= 1:
        return all_of_it
    return max((m - (d + 1)) / ((d + 1) * (m - 1)), all_of_it)
