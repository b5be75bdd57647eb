/** Guessing which command a mistyped name means: one that begins with it, or is a slip of the fingers away. Pure. */

const LEAST_CHARS_BEGUN = 2;
const LEAST_CHARS_FOR_ONE_SLIP = 3;
const LEAST_CHARS_FOR_TWO = 6;

/**
 * Return the names that may have been meant, best first; none if no name is close enough.
 * @param {string} name
 * @param {string[]} known
 */
export function near(name, known) {
  if (name.length > Math.max(...known.map((each) => each.length)) + 2) return [];
  const most = Number(name.length >= LEAST_CHARS_FOR_ONE_SLIP) + Number(name.length >= LEAST_CHARS_FOR_TWO);
  const ranked = known.map((each) => {
    const isBegun = name.length >= LEAST_CHARS_BEGUN && each.startsWith(name);
    return { each, slips: isBegun ? 0 : slipsBetween(name, each) };
  });
  const found = ranked.filter(({ slips }) => slips <= most).sort((one, other) => one.slips - other.slips);
  return found.map(({ each }) => each);
}

/**
 * Return how many slips lead from one word to the other: a letter too many, too few or wrong, or two neighbours swapped.
 *
 * This is the Damerau-Levenshtein distance in its restricted form (optimal string alignment).
 * @param {string} typed
 * @param {string} meant
 */
function slipsBetween(typed, meant) {
  /** @type {number[]} */
  let before = [];
  let row = Array.from({ length: meant.length + 1 }, (_, column) => column);
  for (let number = 1; number <= typed.length; number++) {
    const last = row;
    row = [number];
    for (let column = 1; column <= meant.length; column++) {
      const isOther = Number(typed[number - 1] !== meant[column - 1]);
      const at = (/** @type {number[]} */ numbers, /** @type {number} */ index) => numbers[index] ?? 0;
      let best = Math.min(at(last, column) + 1, at(row, column - 1) + 1, at(last, column - 1) + isOther);
      const isSwapped = typed[number - 1] === meant[column - 2] && typed[number - 2] === meant[column - 1];
      if (number > 1 && column > 1 && isSwapped) best = Math.min(best, at(before, column - 2) + 1);
      row.push(best);
    }
    before = last;
  }
  return row[meant.length] ?? 0;
}
