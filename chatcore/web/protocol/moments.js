/** Moments, as others name them: of what is none, or far out of any calendar, dates and clocks cannot be made. Pure. */

const LAST = Date.UTC(9999, 11, 31);

/**
 * Return a moment (Unix, ms), 0 for what is none.
 * @param {number} time
 */
export function momentOf(time) {
  return time > 0 && time < LAST ? time : 0;
}
