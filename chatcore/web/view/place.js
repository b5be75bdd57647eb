/**
 * Which rows of the log are visible, and how to keep a row in place. Rows are stacked vertically.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { Row } from "./rows.js"
 */

/**
 * The reader's position: an entry, and the distance in pixels from the log's upper edge to the entry's lower edge.
 * @typedef {{entry: Entry, offset: number}} Place
 */

/**
 * Return the first visible message, by its lower edge: it may lose its name when more is inserted above. Headings are
 * skipped, as they move then; so are lines of the page itself, and with `hasId` entries without a msgid.
 * @param {HTMLElement} log
 * @param {Row[]} rows one per child
 * @param {boolean} hasId
 * @returns {Place | null}
 */
export function topmost(log, rows, hasId = false) {
  for (let number = firstVisible(log); number < rows.length; number++) {
    const entry = rows[number]?.entry;
    const child = /** @type {HTMLElement} */ (log.children[number]);
    const isFixed = entry && (entry.nick !== "" || entry.kind === "event") && (entry.id || !hasId);
    if (isFixed) return { entry, offset: child.offsetTop + child.offsetHeight - log.scrollTop };
  }
  return null;
}

/**
 * Scroll an entry back to where it was.
 * @param {HTMLElement} log
 * @param {Row[]} rows
 * @param {Place} place
 */
export function restore(log, rows, { entry, offset }) {
  const child = log.children[rows.findIndex((row) => row.entry === entry)];
  if (child instanceof HTMLElement) log.scrollTop = child.offsetTop + child.offsetHeight - offset;
}

/**
 * Return the last visible entry.
 * @param {HTMLElement} log
 * @param {Row[]} rows
 */
export function lowest(log, rows) {
  for (let number = firstBelow(log) - 1; number >= 0; number--) {
    const entry = rows[number]?.entry;
    if (entry) return entry;
  }
  return null;
}

/**
 * Return the index of the first visible child.
 * @param {HTMLElement} parent
 */
function firstVisible(parent) {
  const { scrollTop } = parent;
  return firstWhere(parent, (child) => child.offsetTop + child.offsetHeight > scrollTop);
}

/**
 * Return the index of the first child wholly below the visible part.
 * @param {HTMLElement} parent
 */
function firstBelow(parent) {
  const bottom = parent.scrollTop + parent.clientHeight;
  return firstWhere(parent, (child) => child.offsetTop >= bottom);
}

/**
 * Return the index of the first child that meets a condition (all children after it do, too), or their number for
 * none.
 * @param {HTMLElement} parent
 * @param {(child: HTMLElement) => boolean} isIt
 */
function firstWhere({ children }, isIt) {
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isIt(/** @type {HTMLElement} */ (children[middle]))) high = middle;
    else low = middle + 1;
  }
  return low;
}
