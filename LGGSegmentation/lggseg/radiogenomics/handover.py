"""What a study hands on: one table of everybody, a script for R, and words for a methods section."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from lggseg import __version__
from lggseg.cohort.patients import PATIENT_COLUMN
from lggseg.cohort.tables import Table, csv_text
from lggseg.radiogenomics.endpoints import Endpoint, find_endpoints
from lggseg.radiogenomics.optional import versions
from lggseg.radiogenomics.parts import Part

_CORE = ("numpy", "scipy", "SimpleITK")


def merged_text(features: Table, clinical: Table, endpoints: Sequence[Endpoint] | None = None) -> str:
    """Return features and clinical columns side by side as CSV, one row a patient of either.

    A clinical column that is called like a feature is ``clinical.NAME``. Survival comes as ``os_months``,
    ``os_observed`` and so on, besides the columns that it was read from.
    """
    names = {c: c if c not in features.columns else f"clinical.{c}" for c in clinical.columns if c != clinical.key}
    found = find_endpoints(clinical)[0] if endpoints is None else endpoints
    survival = [f"{one.key}_{what}" for one in found for what in ("months", "observed")]
    columns = [
        PATIENT_COLUMN, *(c for c in features.columns if c not in (features.key, PATIENT_COLUMN)), *names.values(),
        *(name for name in survival if name not in names.values()),
    ]  # fmt: skip
    rows = []
    for patient in sorted({*features.rows, *clinical.rows}):
        row: dict[str, object] = {**features.rows.get(patient, {})}
        known = clinical.rows.get(patient, {})
        row |= {name: known.get(column, "") for column, name in names.items()}
        for one in found:
            if patient in one.times:
                row[f"{one.key}_months"] = one.times[patient]
                row[f"{one.key}_observed"] = int(one.events[patient])
        rows.append({**row, PATIENT_COLUMN: patient})
    return csv_text(columns, rows)


def methods_text(parts: Sequence[Part], patients: int, tables: Sequence[str], samples: int) -> str:
    """Return a paragraph for the methods section of a paper, with versions.

    Args:
        parts: What the study is made of.
        patients: Number of patients with features and clinical data.
        tables: Names of the clinical tables.
        samples: Tables drawn where Fisher's test was not exact.
    """
    packages = versions((*_CORE, *dict.fromkeys(name for part in parts for name in part.packages)))
    listed = ", ".join(f"{name} {number}" for name, number in packages.items())
    sentences = [
        f"Shape features of the FLAIR abnormality of {patients} patients were measured with lggseg {__version__}: the "
        "bounding ellipsoid volume ratio, the angular standard deviation and the margin fluctuation as defined by Buda "
        "et al. (Computers in Biology and Medicine 109 (2019) 218-225), among others.",
        f"Clinical data came from {', '.join(tables)} and were joined by patient.",
        "Each feature was cut into quartiles and tested against molecular groups with Fisher's exact test (exact, or "
        f"by Monte-Carlo with {samples} tables), and by the Kruskal-Wallis test with epsilon squared; "
        "p values were corrected by Bonferroni's and by Benjamini and Hochberg's method within each family.",
        *(part.methods for part in parts if part.methods),
        f"Analyses ran on Python {platform.python_version()} with {listed}.",
        "Research use only.",
    ]
    return " ".join(sentences) + "\n"


R_SCRIPT = """\
# Reads the tables of this folder and repeats what R has by itself: a check, and a place to go on from.
#   Rscript analysis.R
# Research use only.
patients <- read.csv("merged.csv", na.strings = "", check.names = FALSE)
tests <- read.csv("tests.csv", na.strings = "")
agree <- function(name, here, there, tolerance) {
  close <- abs(log10(here) - log10(there)) < tolerance
  cat(sprintf("%-45s R %.4g, report %.4g%s\\n", name, here, there, if (close) "" else "  DIFFERENT"))
  close
}
good <- TRUE
kruskal <- subset(tests, analysis == "Kruskal-Wallis" & !is.na(p))
for (n in seq_len(nrow(kruskal))) {
  row <- kruskal[n, ]
  group <- as.factor(patients[[row$against]])
  p <- kruskal.test(as.numeric(patients[[row$feature]]), group)$p.value
  good <- agree(paste(row$feature, "~", row$against), p, row$p, 1e-4) && good
}
if (requireNamespace("survival", quietly = TRUE)) {
  ends <- c("Overall survival" = "os", "Progression-free survival" = "pfs")
  cox <- subset(tests, analysis == "Cox, alone" & statistic == "hazard ratio" & family %in% names(ends))
  for (n in seq_len(nrow(cox))) {
    row <- cox[n, ]
    key <- ends[[row$family]]
    time <- patients[[paste0(key, "_months")]]
    seen <- patients[[paste0(key, "_observed")]]
    x <- as.numeric(patients[[row$feature]])
    if (row$against == "log volume") x <- log(x)
    use <- !is.na(x) & !is.na(time) & !is.na(seen)
    x <- x[use]
    x <- (x - mean(x)) / sqrt(mean((x - mean(x))^2))
    fit <- survival::coxph(survival::Surv(time[use], seen[use]) ~ x)
    good <- agree(paste(row$family, row$against), exp(coef(fit))[[1]], row$value, 1e-3) && good
  }
}
if (!good) stop("R and the report do not agree")
"""
"""Script that reads ``merged.csv`` and ``tests.csv`` and repeats tests that R has by itself."""
