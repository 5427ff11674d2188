"""What a cohort came to: a table for programs, and pages to leaf through, the most doubtful results first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

from lggseg.cohort.ledger import DONE, FAILED, Record
from lggseg.cohort.patients import PATIENT_COLUMN
from lggseg.cohort.tables import REASON_COLUMN, csv_text
from lggseg.files import write_text
from lggseg.pages import html as pages
from lggseg.shape.registry import FEATURES

if TYPE_CHECKING:
    from lggseg.cohort.studies import Found

TABLE = "cohort.csv"
PAGE = "index.html"
PASSED = "passed_over.csv"
COLUMNS = (
    "study", PATIENT_COLUMN, "session", "date", "status", REASON_COLUMN, "found", *(item.key for item in FEATURES),
    "check", "presence", "expected_dice", "volume_low_ml", "volume_high_ml", "certainty", "notes", "seconds", "flair",
    "pre", "post", "results",
)  # fmt: skip
_A_PAGE = 48
_UNDECIDED = 0.5
_MOST_ROWS = 200


def write_summary(records: Mapping[str, Record], found: Found, folder: Path) -> Path:
    """Write the table and the pages of a cohort; return the first page.

    Args:
        records: Study to its line of the ledger.
        found: What was in the folder of studies.
        folder: Of the results; pictures are shown from the folders of the studies below it.

    Raises:
        OutputError: If a file cannot be written.
    """
    write_text(folder / TABLE, csv_text(COLUMNS, (_row(record) for record in records.values())))
    passed = [{"path": one.path.relative_to(found.root).as_posix(), REASON_COLUMN: one.reason} for one in found.passed]
    write_text(folder / PASSED, csv_text(("path", REASON_COLUMN), passed))
    ordered = sorted((record for record in records.values() if record["status"] == DONE), key=trust)
    parts = [ordered[first : first + _A_PAGE] for first in range(0, len(ordered), _A_PAGE)] or [[]]
    for old in folder.glob("page-*.html"):
        old.unlink()
    for number, part in enumerate(parts, start=1):
        opening = _overview(records.values(), len(found.passed)) if number == 1 else []
        text = pages.page(
            "Cohort: FLAIR abnormalities",
            f"{len(ordered)} of {len(records)} studies; the most doubtful first. Page {number} of {len(parts)}.",
            [*opening, _leaf(number, len(parts)), pages.panels(map(_card, part)), _leaf(number, len(parts))],
        )
        write_text(folder / _page_name(number), text)
    return folder / PAGE


def trust(record: Record) -> tuple[bool, float, str]:
    """Return what orders results from the most doubtful to the surest.

    Results that the calibration of the model says should be checked come first; then by the Dice to expect (nothing
    found: by how sure that is), or without a calibration by the certainty of the outline.
    """
    doubt = record.get("doubt") or {}
    if not doubt:
        value = float(record["certainty"]) if record["found"] else _UNDECIDED
    elif doubt.get("expected_dice") is not None:
        value = float(doubt["expected_dice"])
    else:
        value = 1.0 - float(doubt["presence"])
    return not doubt.get("reasons"), value, str(record["study"])


def _row(record: Record) -> dict[str, object]:
    doubt = record.get("doubt") or {}
    shown = ("presence", "expected_dice", "volume_low_ml", "volume_high_ml")
    return {
        **{
            name: record.get(name, "") for name in ("study", PATIENT_COLUMN, "session", "date", "status", REASON_COLUMN)
        },
        **{name: record.get(name) for name in ("found", "certainty", "seconds", "results")},
        **record.get("measurements", {}),
        **{name: doubt.get(name) for name in shown},
        "check": "; ".join(doubt.get("reasons", ())),
        "notes": "; ".join(record.get("notes", ())),
        **record["inputs"],
    }


def _overview(records: Iterable[Record], passed: int) -> list[str]:
    everything = list(records)
    done = [record for record in everything if record["status"] == DONE]
    failed = [record for record in everything if record["status"] == FAILED]
    volumes = [float(record["measurements"]["volume_ml"]) for record in done if record["found"]]
    seconds = [float(record["seconds"]) for record in done]
    facts = [
        ("Studies", f"{len(everything)}: {len(done)} done, {len(failed)} without a result"),
        ("To be checked", str(sum(bool((record.get("doubt") or {}).get("reasons")) for record in done))),
        ("Nothing found", str(len(done) - len(volumes))),
        ("Median volume", f"{median(volumes):.1f} ml" if volumes else "none"),
        ("Median time", f"{median(seconds):.1f} s a study" if seconds else "none"),
        ("Passed over", f"{passed} files and folders that are no study: {PASSED}"),
        ("Tables", f"{TABLE}, studies.jsonl"),
    ]
    parts = [pages.facts(facts)]
    if failed:
        rows = [[escape(str(record["study"])), escape(str(record["reason"]))] for record in failed[:_MOST_ROWS]]
        more = f"{len(failed) - _MOST_ROWS} more are in {TABLE}." if len(failed) > _MOST_ROWS else ""
        table = pages.table(["Study", "Reason"], rows, words=[0, 1])
        parts.append(pages.section("Without a result", table, pages.paragraph(more, "note") if more else ""))
    return parts


def _card(record: Record) -> str:
    """Return the picture of one study, with its volume and what there is to doubt."""
    results, files = str(record["results"]), record["files"]
    doubt = record.get("doubt") or {}
    volume = f"{record['measurements']['volume_ml']:.1f} ml" if record["found"] else "nothing found"
    expected = doubt.get("expected_dice")
    lines = [*doubt.get("reasons", ()), *record.get("notes", ())]
    words = f"{volume}" + (f", expected Dice {expected:.2f}" if expected is not None else "")
    report, overlay = (quote(f"{results}/{files[name]}") for name in ("page", "overlay"))
    name = escape(str(record["study"]))
    return (
        f'<h3><a href="{report}">{name}</a></h3>{pages.paragraph(words)}'
        f'<a href="{report}"><img loading="lazy" alt="Axial slices of {name} with the outline" src="{overlay}"></a>'
        + (pages.items(lines) if lines else "")
    )


def _leaf(number: int, count: int) -> str:
    """Return the links to the pages before and after; the keys P and N take them."""
    links: Sequence[tuple[int, str, str, str]] = (
        (number - 1, "prev", "p", "Previous"),
        (number + 1, "next", "n", "Next"),
    )
    shown = [
        f'<a rel="{rel}" accesskey="{key}" href="{_page_name(other)}">{word} page</a>'
        for other, rel, key, word in links
        if 1 <= other <= count
    ]
    return f"<nav>{' &middot; '.join(shown)}</nav>" if shown else ""


def _page_name(number: int) -> str:
    return PAGE if number == 1 else f"page-{number:04d}.html"
