/**
 * Which rows of the log can be seen, and how to keep one where it is. They stand below each other.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { Row } from "./rows.js"
 */

/**
 * Where a reader is: at an entry, whose lower edge is so many pixels below the upper edge of the log.
 * @typedef {{entry: Entry, offset: number}} Place
 */

/**
 * Return the first message that can be seen, by its lower edge: it may lose its name when more comes in above.
 * Headings do not count, as they move then; neither does what the page itself says, or what has no msgid if one is needed.
 * @param {HTMLElement} log
 * @param {Row[]} rows one for each of its children
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
 * Have an entry where it was.
 * @param {HTMLElement} log
 * @param {Row[]} rows
 * @param {Place} place
 */
export function restore(log, rows, { entry, offset }) {
  const child = log.children[rows.findIndex((row) => row.entry === entry)];
  if (child instanceof HTMLElement) log.scrollTop = child.offsetTop + child.offsetHeight - offset;
}

/**
 * Return the last entry of which something can be seen.
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
 * Return the number of the first child that can be seen.
 * @param {HTMLElement} parent
 */
function firstVisible(parent) {
  const { scrollTop } = parent;
  return firstWhere(parent, (child) => child.offsetTop + child.offsetHeight > scrollTop);
}

/**
 * Return the number of the first child that is wholly below what can be seen.
 * @param {HTMLElement} parent
 */
function firstBelow(parent) {
  const bottom = parent.scrollTop + parent.clientHeight;
  return firstWhere(parent, (child) => child.offsetTop >= bottom);
}

/**
 * Return the number of the first child of which this is true, as it is of all after it; how many there are for none.
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
