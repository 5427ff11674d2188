"""IDH mutation and 1p/19q codeletion under whatever names and words a table has them.

Read as GDC, cBioPortal, UCSC Xena, TCGAbiolinks (Ceccarelli et al., Cell 164 (2016) 550-563, Table S1) and people
write them, into the three groups of the WHO classification of 2016 and 2021: IDH mutant with codeletion, IDH mutant
without, IDH wild type. A word that is not known is no entry, and is named; nothing is guessed from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lggseg.cohort.tables import Table

GROUP, IDH, CODELETION = "IDH1p19q", "IDH", "1p19q"
"""Columns that :func:`with_status` adds."""

MUTANT_CODELETED, MUTANT_INTACT, WILD_TYPE = "mut-codel", "mut-noncodel", "wt"
"""Entries of ``IDH1p19q``."""

_GROUP_NAMES = (
    "idh1p19q", "idhcodelsubtype", "paperidhcodelsubtype", "idh1p19qsubtype", "idhcodel", "idh1p19qstatus",
    "molecularsubtype", "originalsubtype", "papersubtypeoriginal", "subtype", "group",
)  # fmt: skip
_IDH_NAMES = (
    "idh", "idhstatus", "paperidhstatus", "idhmutation", "idhmutationstatus", "idh12status", "idh12mutation", "idh1",
    "idh1status", "idh1mutation", "idh1mutationstatus", "idhmutationfound", "idh1mutationfound",
)  # fmt: skip
_CODELETION_NAMES = (
    "codel1p19q", "1p19qcodeletion", "paper1p19qcodeletion", "1p19qcodeletionstatus", "1p19qcodel", "x1p19qcodeletion",
    "1p19q", "1p19qstatus", "codeletion1p19q", "codeletion", "codeletionstatus", "1p19qdeletion", "codel",
)  # fmt: skip
_WILD = {"wildtype", "wt", "idhwildtype", "idhwt", "notmutated", "nomutation", "nonmutated", "unmutated"}
_MUTATED = {"mutant", "mutated", "mut", "mutation", "idhmutant", "idhmut", "idhmutated", "idh1mutant", "idh2mutant"}
_LOST = {"codel", "codeleted", "codeletion", "1p19qcodel", "1p19qcodeleted", "1p19qcodeletion", "deleted", "loss"}
_KEPT = {
    "noncodel", "intact", "notcodeleted", "noncodeleted", "nocodeletion", "noncodeletion", "notdeleted", "retained",
    "1p19qintact", "normal",
}  # fmt: skip
_YES, _NO = {"yes", "1", "true", "y", "present", "positive"}, {"no", "0", "false", "n", "absent", "negative"}
_VARIANT = re.compile(r"(idh[12])?(p?r(132|140|172)[a-z])+")


@dataclass(frozen=True)
class Status:
    """Where IDH and 1p/19q were found, and what had to be left out.

    Attributes:
        sources: Column that was added to the column, or columns, that it was read from.
        notes: What a reader should know: unknown words, and patients whose entries contradict each other.
    """

    sources: Mapping[str, str]
    notes: tuple[str, ...] = ()


def with_status(table: Table) -> tuple[Table, Status]:
    """Return the table with the columns ``IDH1p19q``, ``IDH`` and ``1p19q`` as far as they can be told.

    A column of one of these names that is there already and holds the entries of this module is kept.
    """
    notes: list[str] = []
    group = _find(
        table,
        _GROUP_NAMES,
        _group,
        notes,
        doubtful=("molecularsubtype", "originalsubtype", "papersubtypeoriginal", "subtype", "group"),
    )
    idh = _find(table, _IDH_NAMES, _idh, notes)
    codel = _find(table, _CODELETION_NAMES, _codeletion, notes)
    values = {
        patient: _decided(*(found[1].get(patient, "") if found else "" for found in (group, idh, codel)))
        for patient in table.rows
    }
    odd = sorted(patient for patient, entry in values.items() if entry is None)
    if odd:
        notes.append(f"entries on IDH and 1p/19q contradict each other, taken for none: {', '.join(odd)}")
    columns = {name: n for n, name in enumerate((GROUP, IDH, CODELETION)) if any(v and v[n] for v in values.values())}
    if not columns:
        return table, Status({}, tuple(notes))
    rows = {
        patient: {**row, **{name: (values[patient] or ("", "", ""))[n] for name, n in columns.items()}}
        for patient, row in table.rows.items()
    }
    told = " and ".join(found[0] for found in (group, idh, codel) if found)
    added = replace(
        table, rows=rows, columns=(*table.columns, *(name for name in columns if name not in table.columns))
    )
    return added, Status(dict.fromkeys(columns, told), tuple(notes))


def _find(
    table: Table,
    names: tuple[str, ...],
    read: Callable[[str, str], str | None],
    notes: list[str],
    doubtful: tuple[str, ...] = (),
) -> tuple[str, dict[str, str]] | None:
    """Return the first column of the names that holds known words, with its entries by patient."""
    plain = {_plain(column): column for column in reversed(table.columns)}
    for name in names:
        column = plain.get(name)
        if column is None:
            continue
        written = {patient: row[column] for patient, row in table.rows.items() if row[column]}
        known = {patient: value for patient, text in written.items() if (value := read(text, name)) is not None}
        strange = Counter(text for patient, text in written.items() if patient not in known)
        if not known or (strange and name in doubtful):
            continue
        if strange:
            words = ", ".join(f"{word!r} ({count})" for word, count in strange.most_common(5))
            notes.append(f"{column}: words that are not known, taken for no entry: {words}")
        return column, known
    return None


def _group(text: str, _name: str) -> str | None:
    plain = re.sub(r"^(lgg|gbm|glioma)", "", _plain(text))
    if plain in {"idhwt", "wt", "wildtype", "idhwildtype"}:
        return WILD_TYPE
    if re.fullmatch(r"(idh)?(mut|mutant)(non|no|not|without)(1p19q)?(codel|codeleted|codeletion)", plain):
        return MUTANT_INTACT
    if re.fullmatch(r"(idh)?(mut|mutant)(with)?(1p19q)?(codel|codeleted|codeletion)", plain):
        return MUTANT_CODELETED
    return None


def _idh(text: str, name: str) -> str | None:
    plain = _plain(text)
    # 1 and yes say something only where the column asks whether there is a mutation.
    asked = "mutation" in name and "status" not in name
    if plain in _WILD or (asked and plain in _NO):
        return "wildtype"
    if plain in _MUTATED or _VARIANT.fullmatch(plain) or (asked and plain in _YES):
        return "mutant"
    return None


def _codeletion(text: str, name: str) -> str | None:
    plain = _plain(text)
    asked = "del" in name and "status" not in name
    if plain in _KEPT or (asked and plain in _NO):
        return "intact"
    if plain in _LOST or (asked and plain in _YES):
        return "codeleted"
    return None


def _decided(group: str, idh: str, codel: str) -> tuple[str, str, str] | None:
    """Return group, IDH and 1p/19q of a patient, blank where unknown; None where they contradict each other."""
    if idh == "wildtype" and codel == "codeleted":
        return None
    by_parts = {
        ("mutant", "codeleted"): MUTANT_CODELETED,
        ("mutant", "intact"): MUTANT_INTACT,
    }.get((idh, codel), WILD_TYPE if idh == "wildtype" else "")
    if group and by_parts and group != by_parts:
        return None
    whole = by_parts or group
    from_group = {
        MUTANT_CODELETED: ("mutant", "codeleted"),
        MUTANT_INTACT: ("mutant", "intact"),
        WILD_TYPE: ("wildtype", codel),
    }
    told_idh, told_codel = from_group.get(whole, (idh, codel))
    if (idh and idh != told_idh) or (codel and codel != told_codel):
        return None
    return whole, told_idh, told_codel


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
