"""Fisher's test, areas under the curve and corrections against other implementations and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lggseg.radiogenomics import fisher
from lggseg.radiogenomics.correction import benjamini_hochberg, bonferroni
from lggseg.radiogenomics.fisher import fisher_test
from lggseg.radiogenomics.roc import auc_of


class TestFisher:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 12), min_size=4, max_size=4))
    def test_two_by_two_is_scipys(self, counts):
        table = np.array(counts).reshape(2, 2)
        if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
            assert fisher_test(table).p is None
        else:
            assert fisher_test(table).p == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)

    def test_a_table_worked_out_by_hand(self):
        # Margins (2, 2) by (2, 1, 1): 4! / (2! 2!) = 6 ways, of which each of the five tables has its share.
        table = [[2, 0, 0], [0, 1, 1]]
        # P(observed) = 1/6; the only other table as rare is its mirror image.
        assert fisher_test(table).p == pytest.approx(2 / 6)

    def test_a_published_table(self):
        # Job satisfaction by income, the example of R's fisher.test: p = 0.7827.
        table = [[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]]
        found = fisher_test(table)
        assert found.p == pytest.approx(0.7827, abs=0.003)

    def test_monte_carlo_agrees_with_exact(self, monkeypatch):
        table = np.array([[8, 2, 3], [4, 6, 2], [1, 7, 4], [2, 3, 9]])
        exact = fisher_test(table)
        monkeypatch.setattr(fisher, "_MOST_TABLES", 0)
        drawn = fisher_test(table, samples=200_000)
        assert exact.method == "exact"
        assert drawn.method == "monte-carlo"
        assert drawn.p == pytest.approx(exact.p, abs=4 * drawn.error)
        assert drawn.resolution == pytest.approx(1 / 200_001)
        assert fisher_test(table, samples=200_000) == drawn
        assert fisher_test(table, samples=200_000, seed=1).p != drawn.p

    def test_monte_carlo_agrees_with_scipys(self, monkeypatch):
        if not hasattr(stats, "MonteCarloMethod") or tuple(map(int, np.__version__.split(".")[:1])) < (1,):
            pytest.skip("needs scipy 1.15 for tables larger than 2 x 2")
        table = np.array([[5, 1, 3, 0], [2, 6, 1, 3], [1, 2, 6, 4]])
        monkeypatch.setattr(fisher, "_MOST_TABLES", 0)
        method = stats.MonteCarloMethod(n_resamples=50_000, rng=np.random.default_rng(0))
        theirs = stats.fisher_exact(table, method=method).pvalue
        assert fisher_test(table, samples=100_000).p == pytest.approx(theirs, abs=0.003)

    def test_orientation_does_not_matter(self):
        table = np.array([[6, 1], [2, 5], [3, 3], [0, 7]])
        assert fisher_test(table).p == pytest.approx(fisher_test(table.T).p, rel=1e-9)
        assert fisher_test(table[[2, 0, 3, 1]]).p == pytest.approx(fisher_test(table).p, rel=1e-9)

    def test_all_tables_have_probability_one(self):
        assert fisher_test([[3, 3], [3, 3], [3, 3]]).p == pytest.approx(1)

    @pytest.mark.parametrize("table", [[[3, 4]], [[3], [4]], [[3, 0], [4, 0]], [[0, 0], [0, 0]]])
    def test_one_row_or_column_is_no_test(self, table):
        assert fisher_test(table) == fisher.NO_TEST


class TestAuc:
    @settings(max_examples=30, deadline=None)
    @given(seed=st.integers(0, 1000))
    def test_it_counts_pairs(self, seed):
        generator = np.random.default_rng(seed)
        x, y = generator.integers(0, 6, 7), generator.integers(0, 6, 9)
        pairs = np.mean((x[:, None] > y) + 0.5 * (x[:, None] == y))
        assert auc_of(x, y).value == pytest.approx(pairs)

    def test_delongs_variance(self):
        x, y = np.array([3.0, 5.0, 2.5, 7.0]), np.array([1.0, 2.0, 4.0, 3.5, 2.2])
        wins = (x[:, None] > y).astype(float)
        variance = wins.mean(axis=1).var(ddof=1) / 4 + wins.mean(axis=0).var(ddof=1) / 5
        found = auc_of(x, y)
        area = wins.mean()
        half = 1.959964 * np.sqrt(variance) / (area * (1 - area))
        logit = np.log(area / (1 - area))
        assert found.low == pytest.approx(1 / (1 + np.exp(half - logit)), rel=1e-5)
        assert found.high == pytest.approx(1 / (1 + np.exp(-half - logit)), rel=1e-5)

    def test_its_interval_covers(self):
        generator = np.random.default_rng(4)
        truth = stats.norm.cdf(0.8 / np.sqrt(2))
        found = [auc_of(generator.normal(0.8, 1, 25), generator.normal(0, 1, 60)) for _ in range(300)]
        assert np.mean([one.low <= truth <= one.high for one in found]) == pytest.approx(0.95, abs=0.035)

    def test_groups_without_spread_have_no_interval(self):
        assert auc_of([5, 6], [1, 2]).low is None
        assert auc_of([5], [1, 9]).high is None
        assert auc_of([1, 1], [1, 1]).value == 0.5
        assert auc_of([], [1]) is None


class TestCorrection:
    def test_bonferroni(self):
        assert bonferroni([0.01, 0.3], 10) == [0.1, 1.0]

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    def test_benjamini_hochberg_is_scipys(self, values):
        np.testing.assert_allclose(benjamini_hochberg(values), stats.false_discovery_control(values), atol=1e-12)

    def test_no_values(self):
        assert benjamini_hochberg([]) == []
