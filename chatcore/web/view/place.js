/**
 * Which of an element's children can be seen, and how to keep one where it is. The children stand below each other.
 */

/**
 * Return the number of the first child that can be seen.
 * @param {HTMLElement} parent
 */
export function firstVisible(parent) {
  const { scrollTop } = parent;
  return firstWhere(parent, (child) => child.offsetTop + child.offsetHeight > scrollTop);
}

/**
 * Return the number of the first child that is wholly below what can be seen.
 * @param {HTMLElement} parent
 */
export function firstBelow(parent) {
  const bottom = parent.scrollTop + parent.clientHeight;
  return firstWhere(parent, (child) => child.offsetTop >= bottom);
}

/**
 * Return how far below the upper edge a child's lower edge is, in pixels.
 * @param {HTMLElement} parent
 * @param {HTMLElement} child
 */
export function offsetOf(parent, child) {
  return child.offsetTop + child.offsetHeight - parent.scrollTop;
}

/**
 * Scroll so that a child's lower edge is that far below the upper edge.
 * @param {HTMLElement} parent
 * @param {HTMLElement} child
 * @param {number} offset in pixels
 */
export function putAt(parent, child, offset) {
  parent.scrollTop = child.offsetTop + child.offsetHeight - offset;
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
