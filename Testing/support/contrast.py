"""Contrast of all that is written on a page, by WCAG 2.2 level AA (1.4.3, 1.4.11), from what the browser computes."""

from __future__ import annotations

from typing import Any

_MEASURE = """
(root) => {
  const style = document.createElement("style");  // what lets clicks through is painted all the same
  style.textContent = "* { pointer-events: auto !important; transition: none !important; animation: none !important }";
  document.head.append(style);
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    const numbers = text.match(/^rgba?\\(([^)]*)\\)$/);
    if (numbers) {
      const [r, g, b, a = 1] = numbers[1].split(/[ ,/]+/).map(Number);
      return [r, g, b, a];
    }
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const opacity = (element) => {
    let product = 1;
    for (let e = element; e; e = e.parentElement) product *= Number(getComputedStyle(e).opacity);
    return product;
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const paint = (box, color) => {
    const [r, g, b, a] = rgba(getComputedStyle(box).backgroundColor);
    return over([r, g, b, a * opacity(box)], color);
  };
  // A colour and what is behind it: all boxes at a place from the lowest up to its own, then those that veil both.
  const seen = (element, [r, g, b, a], x, y) => {
    const stack = document.elementsFromPoint(x, y);
    const own = stack.indexOf(element);
    if (own < 0) return [];
    let color = rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "#121212" : "#ffffff");
    for (const box of stack.slice(own).reverse()) {
      if (["IMG", "CANVAS", "VIDEO"].includes(box.tagName)) return [];
      color = paint(box, color);
    }
    const veils = stack.slice(0, own).reverse();
    return [over([r, g, b, a * opacity(element)], color), color].map((one) => veils.reduce((c, v) => paint(v, c), one));
  };
  const found = [];
  const measure = (element, text, box, icon) => {
    if (element.closest("[disabled], [aria-disabled=true], .v-btn--disabled, .v-input--disabled")) return;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    element.scrollIntoView({ block: "center" });
    const place = box();
    if (place.width < 2 || place.height < 2) return;
    const computed = getComputedStyle(element);
    const svg = element instanceof SVGElement;
    const [x, y] = [place.left + place.width / 2, place.top + place.height / 2];
    const [color, background] = seen(element, rgba(svg ? computed.fill : computed.color), x, y);
    if (!color) return;
    const size = parseFloat(computed.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(computed.fontWeight) >= 700);
    found.push({ text, ratio: ratio(color, background), needed: icon || large ? 3 : 4.5, color: color.slice(0, 3),
      background: background.slice(0, 3) });
  };
  const walker = document.createTreeWalker(document.querySelector(root), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    if (!text || ["SCRIPT", "STYLE", "OPTION"].includes(node.parentElement.tagName)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    measure(node.parentElement, text, () => [...range.getClientRects()][0] || { width: 0, height: 0 }, false);
  }
  for (const input of document.querySelectorAll(`${root} input:not([type=file]), ${root} select`))
    if (["text", "date", "select-one", "password"].includes(input.type))
      measure(input, `<${input.type} ${input.value}>`, () => input.getBoundingClientRect(), false);
  for (const icon of document.querySelectorAll(`${root} .mdi`))
    measure(icon, `<icon ${icon.className}>`, () => icon.getBoundingClientRect(), true);
  style.remove();
  return found;
}
"""


def measured(page: Any, root: str = "body") -> list[dict[str, Any]]:
    """Return text, ratio, the ratio needed and both colours of all that is written below an element and seen."""
    return list(page.evaluate(_MEASURE, root))


def too_faint(page: Any, root: str = "body") -> list[str]:
    """Return what has too little contrast, in words."""
    return [
        f"{one['text'][:60]!r}: {one['ratio']:.2f}, not {one['needed']}: {one['color']} on {one['background']}"
        for one in measured(page, root)
        if one["ratio"] < one["needed"]
    ]
