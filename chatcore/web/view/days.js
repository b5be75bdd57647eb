/** The names of days, by their distance from today. */

import { words } from "../words.js";

const near = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const far = new Intl.DateTimeFormat(undefined, {
  ...{ weekday: "long", day: "numeric", month: "long", year: "numeric" },
});

/**
 * Return the name of a day.
 * @param {number} time any moment of it (Unix, ms)
 * @param {number} now Unix, ms
 */
export function dayText(time, now) {
  const date = new Date(time);
  const isSame = (/** @type {number} */ daysAgo) => {
    const day = new Date(now);
    day.setDate(day.getDate() - daysAgo);
    return day.toDateString() === date.toDateString();
  };
  if (isSame(0)) return words.log.today;
  if (isSame(1)) return words.log.yesterday;
  return (date.getFullYear() === new Date(now).getFullYear() ? near : far).format(time);
}

/**
 * Call a function at the start of each day, or when the machine wakes up on it.
 * @param {() => void} act
 */
export function eachDay(act) {
  const tomorrow = new Date();
  tomorrow.setHours(24, 0, 0, 0);
  setTimeout(
    () => {
      act();
      eachDay(act);
    },
    tomorrow.getTime() - Date.now() + 1,
  );
}
