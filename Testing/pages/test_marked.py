"""What a program renews in a page stands between two marks; the rest stays."""

import pytest

from lggseg.errors import FormatError
from lggseg.pages.marked import Marks

MARKS = Marks("figures")
PAGE = f"before\n{MARKS.start}\nold\n{MARKS.end}\nafter\n"


def test_what_stands_between_is_replaced_and_nothing_else(tmp_path):
    page = MARKS.renewed(PAGE, "new")
    assert page == "before\n<!-- figures -->\n\nnew\n\n<!-- end of figures -->\nafter\n"
    assert MARKS.renewed(page, "new") == page
    file = tmp_path / "page.md"
    file.write_text(PAGE, encoding="utf-8")
    MARKS.renew(file, "new")
    assert file.read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    "page", ["nothing", MARKS.start, MARKS.end, f"{MARKS.end} {MARKS.start}", Marks("other").start]
)
def test_a_page_without_the_marks_is_left_as_it_is(page, tmp_path):
    file = tmp_path / "page.md"
    file.write_text(page, encoding="utf-8")
    with pytest.raises(FormatError, match=r"page\.md: expected the marks <!-- figures --> and <!-- end of figures -->"):
        MARKS.renew(file, "new")
    assert file.read_text(encoding="utf-8") == page


def test_a_page_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"none\.md: expected a page with the marks"):
        MARKS.renew(tmp_path / "none.md", "new")
