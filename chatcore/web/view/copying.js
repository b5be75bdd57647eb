/**
 * Copying from the log: several messages become lines, `[21:17] ann: text`; a part of one stays as it is.
 *
 * @import { Entry } from "../session/entries.js"
 */

import { timeText } from "./entries.js";
import { entryOf } from "./rows.js";

/**
 * Copy selected messages as lines.
 * @param {HTMLElement} log
 */
export function wireCopying(log) {
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection?.rangeCount || selection.isCollapsed || event.defaultPrevented) return;
    const lines = linesOf(log, selection.getRangeAt(0));
    if (lines.length < 2) return;
    event.clipboardData?.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  });
}

/**
 * @param {HTMLElement} log
 * @param {Range} range
 */
function linesOf(log, range) {
  if (!log.contains(range.commonAncestorContainer) && !range.intersectsNode(log)) return [];
  const rows = [...log.children].filter((row) => range.intersectsNode(row));
  return rows.map((row) => lineOf(row, range)).filter((line) => line);
}

/**
 * @param {Element} row
 * @param {Range} range
 */
function lineOf(row, range) {
  const text = row.querySelector(".text, .told > p, .folded") ?? row;
  const said = range.intersectsNode(text) ? selectedText(text, range) : "";
  const entry = entryOf(row);
  if (!said || !entry) return said;
  return `${entry.kind === "info" || entry.kind === "error" ? "" : before(entry)}${said}`;
}

/** @param {Entry} entry */
function before({ kind, nick, time }) {
  const when = timeText(time);
  const name = nick && kind !== "action" ? `${nick}: ` : nick && "* ";
  return `${when && `[${when}] `}${name}`;
}

/**
 * Return the selected part of an element's text, with each block on a line of its own.
 * @param {Element} element
 * @param {Range} range
 */
function selectedText(element, range) {
  const part = document.createRange();
  part.selectNodeContents(element);
  if (element.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (element.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  const copy = part.cloneContents();
  for (const button of copy.querySelectorAll("button")) button.remove();
  const isOfBlocks = copy.querySelector(".fence, .words");
  const texts = isOfBlocks ? [...copy.children].map((block) => block.textContent) : [copy.textContent];
  return texts.join("\n").trim();
}
