/** Being kept out for a while: after wrong passwords, or too many connections. */

const LATER = /, try again (?:later|in a minute)$/;

/**
 * Return whether what the tracker says ends by itself.
 * @param {string} text
 */
export function isForAWhile(text) {
  return LATER.test(text);
}

/**
 * Ask until when it is: only the page's own address says so, by the header Retry-After. Returns seconds, 0 for now.
 */
export async function secondsLeft() {
  const answer = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  return Number(answer?.headers.get("retry-after")) || 0;
}
