"""Names for the readers written in C++, which end the process where a name is no UTF-8."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lggseg.errors import FormatError


def is_plain(path: Path) -> bool:
    """Tell whether SimpleITK can take the name of a file as it is."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in str(path)


def shown(path: Path | str) -> str:
    """Return a name that can be printed and written anywhere: U+FFFD stands for bytes that are no UTF-8."""
    return (
        str(path).encode(errors="surrogateescape" if _is_from_bytes(str(path)) else "replace").decode(errors="replace")
    )


@contextmanager
def plain_name(path: Path, endings: tuple[str, ...] = ("",)) -> Iterator[str]:
    """Give a name for a file, there already or to be written, that SimpleITK can take.

    A name that is UTF-8 is given as it is. Otherwise a link in a temporary folder stands for the folder of the
    file, or, where its own name is the trouble, for the file.

    Args:
        path: The file.
        endings: Those by which the reader knows the format; a link under the first stands for a name without one.

    Raises:
        FormatError: If this system allows no such link.
    """
    known = path.name.endswith(endings)
    if is_plain(path) and known:
        yield str(path)
        return
    with tempfile.TemporaryDirectory(prefix="lggseg-name-") as folder:
        whole = known and is_plain(Path(path.name))  # what lies beside a header in two files is found, too
        link = Path(folder, "folder" if whole else "file" + (_plain_suffix(path) if known else endings[0]))
        try:
            link.symlink_to(path.parent.absolute() if whole else path.absolute())
        except (OSError, UnicodeError) as error:
            msg = f"{shown(path)}: expected a name in UTF-8 with its usual ending, got another one; rename the file"
            raise FormatError(msg) from error
        yield str(link / path.name if whole else link)


def _is_from_bytes(name: str) -> bool:
    return all(not 0xD800 <= ord(letter) < 0xE000 or 0xDC80 <= ord(letter) <= 0xDCFF for letter in name)


def _plain_suffix(path: Path) -> str:
    """Return the ending of a name, such as ``.nii.gz``, as far as it is UTF-8."""
    return "".join(suffix for suffix in path.suffixes[-2:] if is_plain(Path(suffix)))
