"""What a study of this size could have seen: the smallest true effect that it finds in four of five repetitions.

* Kruskal-Wallis: the F test of one-way analysis of variance on ``0.955 n`` patients, 0.955 being the asymptotic
  relative efficiency for normal values (F. C. Andrews, Annals of Mathematical Statistics 25 (1954) 724-736); effect
  as the share of variance between the groups (J. Cohen, Statistical Power Analysis, 1988, chapter 8).
* Cox regression: D. A. Schoenfeld, Biometrics 39 (1983) 499-503, for a covariate of unit variance F. Y. Hsieh,
  P. W. Lavori, Controlled Clinical Trials 21 (2000) 552-560: ``D = (z_a + z_b)^2 / (log HR)^2``.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import f, ncf, norm

POWER = 0.8
_EFFICIENCY = 3 / math.pi


def smallest_epsilon_squared(patients: int, groups: int, *, alpha: float = 0.05, power: float = POWER) -> float | None:
    """Return the smallest share of variance between groups that a Kruskal-Wallis test finds with the given power.

    Args:
        patients: Number of patients in all groups.
        groups: Number of groups, taken as equally large; unequal ones find less.
        alpha: Level of the test.
        power: Chance to find it.

    Returns:
        The share, 0 to 1, or None where not even groups that do not overlap would be found.
    """
    effective = _EFFICIENCY * patients
    between, within = groups - 1, effective - groups
    if between < 1 or within < 1:
        return None
    limit = float(f.ppf(1 - alpha, between, within))

    def lack(share: float) -> float:
        return power - float(ncf.sf(limit, between, within, effective * share / (1 - share)))

    return float(brentq(lack, 1e-9, 0.99)) if lack(0.99) < 0 else None


def smallest_hazard_ratio(events: int, *, alpha: float = 0.05, power: float = POWER) -> float | None:
    """Return the smallest hazard ratio per standard deviation that Cox regression finds with the given power.

    Args:
        events: Number of events, which alone counts; censored patients add nothing here.
        alpha: Level of the two-sided test.
        power: Chance to find it.

    Returns:
        The ratio, above 1 (its inverse is found as often), or None without events.
    """
    if events < 1:
        return None
    return math.exp(float(norm.ppf(1 - alpha / 2) + norm.ppf(power)) / math.sqrt(events))
