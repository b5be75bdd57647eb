/** Moments from others: invalid ones, or ones far outside any calendar, would break dates and clocks. Pure. */

const LAST = Date.UTC(9999, 11, 31);

/**
 * Return a moment (Unix, ms), or 0 if it is invalid.
 * @param {number} time
 */
export function momentOf(time) {
  return time > 0 && time < LAST ? time : 0;
}
