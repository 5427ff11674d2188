"""A part of a page that a program renews, between two marks that a reader does not see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lggseg.errors import FormatError
from lggseg.files import write_text


@dataclass(frozen=True)
class Marks:
    """The comments before and behind what is renewed.

    Attributes:
        name: What stands there, in a word.
    """

    name: str

    @property
    def start(self) -> str:
        """The comment before it."""
        return f"<!-- {self.name} -->"

    @property
    def end(self) -> str:
        """The comment behind it."""
        return f"<!-- end of {self.name} -->"

    def renewed(self, page: str, text: str) -> str:
        """Return a page with another text between the marks.

        Raises:
            FormatError: If it has no such marks.
        """
        before, start, rest = page.partition(self.start)
        _, end, after = rest.partition(self.end)
        if not start or not end:
            msg = f"expected the marks {self.start} and {self.end}, got none; put them where «{self.name}» belongs"
            raise FormatError(msg)
        return f"{before}{start}\n\n{text}\n\n{end}{after}"

    def renew(self, file: Path, text: str) -> None:
        """Put another text between the marks of a file.

        Raises:
            FormatError: If it cannot be read, or has no such marks.
            OutputError: If it cannot be written.
        """
        try:
            page = self.renewed(file.read_text(encoding="utf-8"), text)
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{file}: expected a page with the marks {self.start} and {self.end} ({error})"
            raise FormatError(msg) from error
        except FormatError as error:
            msg = f"{file}: {error}"
            raise FormatError(msg) from error
        write_text(file, page)
