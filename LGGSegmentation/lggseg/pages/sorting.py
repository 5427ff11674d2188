"""The script of a page: turns the heads of tables into buttons that sort, for mouse and keyboard."""

from __future__ import annotations

SORTING = """
(() => {
  // 6.1 \u00d7 10<sup>\u22127</sup> is read as 6.1e-7; of a value with an interval the value; a dash has none.
  const number = (cell) => {
    const text = cell.textContent.trim().replace(/\u2212/g, "-").replace(/,(?=\\d{3})/g, "");
    const found = text.match(/^[<>\u2264\u2265p\\s]*(-?\\d*\\.?\\d+)(?:\\s*\u00d7\\s*10(-?\\d+))?/);
    return found ? Number(found[1]) * 10 ** Number(found[2] || 0) : NaN;
  };
  const compare = (a, b, numeric) => numeric ? number(a) - number(b)
    : a.textContent.trim().localeCompare(b.textContent.trim(), undefined, { numeric: true });
  const blank = (cell, numeric) => numeric ? Number.isNaN(number(cell)) : /^[\u2013\\s]*$/.test(cell.textContent);
  const sort = (table, column, descending) => {
    const rows = [...table.tBodies[0].rows];
    const filled = rows.filter((row) => !blank(row.cells[column], false));
    const numeric = filled.length > 0 && filled.every((row) => !Number.isNaN(number(row.cells[column])));
    rows.sort((a, b) => {
      const [x, y] = [a.cells[column], b.cells[column]];
      const gone = blank(x, numeric) - blank(y, numeric);
      return gone || (descending ? -1 : 1) * compare(x, y, numeric);
    });
    table.tBodies[0].append(...rows);
  };
  for (const table of document.querySelectorAll("table")) {
    if (!table.tHead || !table.tBodies.length || table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }
})();
"""
"""Numbers by size, whatever stands around them; words by the alphabet; blanks last."""
