"""What the results in a folder were made with, so that nothing is added to them that was made with something else."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lggseg.errors import FormatError, InputError
from lggseg.files import write_text

MADE_WITH_FILE = "made_with.json"

SEQUENCES = ("all", "flair")
"""What a network may see of a patient."""


@dataclass(frozen=True)
class MadeWith:
    """What decides the results that a command goes on with.

    Attributes:
        kind: ``runs``, each of which predicts those whom it has not seen, or ``model``, which predicts everybody.
        sequences: One of ``SEQUENCES``.
        networks: Name of a run or model to the SHA-256 of its weights.
    """

    kind: str
    sequences: str
    networks: Mapping[str, str] = field(default_factory=dict)


def keep(folder: Path, now: MadeWith) -> None:
    """Note what results are made with, or refuse to mix them with those that are there; further runs may join.

    Args:
        folder: Of the results; what an earlier version left there without a note counts as made alike.
        now: Of this command.

    Raises:
        InputError: If the results there were made with something else.
    """
    before = read(folder) or now
    changed = [name for name in ("kind", "sequences") if getattr(before, name) != getattr(now, name)]
    changed += [name for name in now.networks if before.networks.get(name, now.networks[name]) != now.networks[name]]
    if before.kind == now.kind == "model" and before.networks.keys() != now.networks.keys():
        changed.append("model")
    if changed:
        msg = (
            f"{folder}: expected what the results there were made with, got another {', '.join(changed)} (they have "
            f"{_in_words(before)}; here {_in_words(now)}); choose another --output"
        )
        raise InputError(msg)
    together = MadeWith(now.kind, now.sequences, {**before.networks, **now.networks})
    write_text(folder / MADE_WITH_FILE, json.dumps(asdict(together), indent=1) + "\n")


def read(folder: Path) -> MadeWith | None:
    """Return what the results in a folder were made with; None where an earlier version left no note.

    Raises:
        FormatError: If the note is damaged.
    """
    file = folder / MADE_WITH_FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = MadeWith(str(content["kind"]), str(content["sequences"]), dict(content["networks"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        msg = f"{file}: expected what the results beside it were made with, got «{error}»; make them again"
        raise FormatError(msg) from error
    return found


def sequences_of(folders: Sequence[Path], stated: str | None = None) -> str:
    """Return what the networks saw that made the maps in folders.

    Args:
        folders: Of training/out_of_fold.py.
        stated: What the user says; for maps of an earlier version, which do not tell.

    Raises:
        InputError: If the user says otherwise than a folder, or folders differ.
    """
    notes = {folder: note.sequences for folder in folders if (note := read(folder))}
    unnoted = [folder for folder in folders if folder not in notes]
    if unnoted and stated is None:
        names = ", ".join(map(str, unnoted))
        sys.stderr.write(f"{names}: does not say what the networks saw; taken as all (--sequences says otherwise)\n")
    wanted = stated or next(iter(notes.values()), "all")
    told = {**dict.fromkeys(unnoted, stated or "all"), **notes}
    for folder, saw in told.items():
        if saw != wanted:
            msg = f"{folder}: expected maps of networks that saw {wanted}, got {saw}; give maps of one kind"
            raise InputError(msg)
    return wanted


def _in_words(made: MadeWith) -> str:
    return f"{made.kind} {', '.join(made.networks) or 'unknown'}, sequences {made.sequences}"
