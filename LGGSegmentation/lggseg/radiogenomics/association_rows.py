"""The tests between groups as rows of CSV files."""

from __future__ import annotations

from lggseg.radiogenomics.analysis import Result

ASSOCIATION_COLUMNS = (
    "family", "feature", "column", "n", "groups", "fisher_p", "fisher_method", "fisher_samples", "fisher_error",
    "bonferroni_p", "benjamini_hochberg_q", "kruskal_wallis_p", "published_bound", "untestable", "notes", "bound_met",
    "kruskal_wallis_bonferroni_p", "kruskal_wallis_benjamini_hochberg_q", "epsilon_squared", "epsilon_squared_low",
    "epsilon_squared_high",
)  # fmt: skip
GROUP_COLUMNS = (
    "feature", "column", "group", "n", "first_quartile", "median", "third_quartile", "count_q1", "count_q2", "count_q3",
    "count_q4", "auc", "auc_low", "auc_high", "auc_of", "published_first_quartile", "published_median",
    "published_third_quartile", "published_auc", "cliffs_delta", "cliffs_delta_low", "cliffs_delta_high",
)  # fmt: skip


_BOUND = {True: "met", False: "missed", None: ""}


def association(family: str, result: Result) -> dict[str, object]:
    """Return one hypothesis as a row."""
    one, fisher, epsilon = result.hypothesis, result.fisher, result.epsilon
    values = (
        family, one.feature, one.column, result.count, len(result.groups), fisher.p, fisher.method, fisher.samples,
        fisher.error, result.bonferroni, result.benjamini_hochberg, result.kruskal_p, one.bound, result.untestable,
        "; ".join(result.notes), _BOUND[result.bound_met], result.kruskal_bonferroni, result.kruskal_benjamini_hochberg,
        epsilon and epsilon.value, epsilon and epsilon.low, epsilon and epsilon.high,
    )  # fmt: skip
    return dict(zip(ASSOCIATION_COLUMNS, values, strict=True))


def group_lines(result: Result) -> list[dict[str, object]]:
    """Return the groups of one hypothesis as rows."""
    one = result.hypothesis
    auc_of = f"1/{one.feature}" if one.inverse else one.feature
    lines = []
    for group in result.groups:
        published = one.published.get(group.code, (None, None, None))
        auc, delta = group.auc, group.delta
        values = (
            one.feature, one.column, group.label, len(group.values), *group.quartiles, *group.counts,
            auc and auc.value, auc and auc.low, auc and auc.high, auc_of, *published, one.published_auc.get(group.code),
            delta and delta.value, delta and delta.low, delta and delta.high,
        )  # fmt: skip
        lines.append(dict(zip(GROUP_COLUMNS, values, strict=True)))
    return lines


def tests(family: str, result: Result) -> list[dict[str, object]]:
    """Return the tests of one hypothesis as rows of the file of all tests, see :mod:`lggseg.radiogenomics.parts`."""
    if not result.groups:
        return []
    one = result.hypothesis
    common = {"family": family, "feature": one.feature, "against": one.column, "n": result.count}
    fisher: dict[str, object] = {
        "analysis": "Fisher's exact test, quartile by group", "p": result.fisher.p,
        "p_bonferroni": result.bonferroni, "q_benjamini_hochberg": result.benjamini_hochberg,
    }  # fmt: skip
    size = result.epsilon
    kruskal: dict[str, object] = {
        "analysis": "Kruskal-Wallis", "statistic": "epsilon squared", "value": size and size.value,
        "low": size and size.low, "high": size and size.high, "p": result.kruskal_p,
        "p_bonferroni": result.kruskal_bonferroni, "q_benjamini_hochberg": result.kruskal_benjamini_hochberg,
    }  # fmt: skip
    deltas: list[dict[str, object]] = [
        {
            "analysis": "group against the rest", "level": group.code, "statistic": "Cliff's delta",
            "value": delta.value, "low": delta.low, "high": delta.high,
        }
        for group in result.groups
        if (delta := group.delta)
    ]  # fmt: skip
    return [{**common, **row} for row in (fisher, kruskal, *deltas)]
