"""Accessibility of the page in its current state: axe's rules, and contrast where axe does not look."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.trackers import ROOT

if TYPE_CHECKING:
    from tests.support.browser import Page

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

_VIOLATIONS = """async () => {
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""

_LOW_CONTRAST = """() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const background = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        throw new Error("no background");
    };
    const low = [];
    for (const element of document.querySelectorAll("body *")) {
        const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
        const isIcon = element.tagName === "svg";
        const hasHint = element.placeholder;
        if (!(text || isIcon || hasHint) || !element.checkVisibility({ opacityProperty: true })) continue;
        const colour = getComputedStyle(element, hasHint ? "::placeholder" : null).color;
        const pair = [luminance(parse(colour)), luminance(background(element))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (ratio < (isIcon ? 3 : 4.5)) low.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent}`);
    }
    return low;
}"""


@cache
def _axe() -> str:
    if not _AXE.exists():
        reason = "to check the page by axe: make test, which installs it"
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") else pytest.skip(reason)
    return _AXE.read_text(encoding="utf-8")


def assert_accessible(page: Page) -> None:
    """Fail if axe finds anything, or if an icon or a hint has too little contrast."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(_axe())
    violations = page.evaluate(_VIOLATIONS)
    assert not violations, violations
    assert page.evaluate(_LOW_CONTRAST) == []
