/** Being kept out for a while: after wrong passwords, or too many connections. */

const LATER = /, try again (?:later|in a minute)$/;

/**
 * Return whether a refusal by the tracker ends by itself.
 * @param {string} text
 */
export function isForAWhile(text) {
  return LATER.test(text);
}

/**
 * Return for how many more seconds we are kept out, 0 if no longer. Only the page's own address tells this, in the header
 * Retry-After.
 */
export async function secondsLeft() {
  const answer = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  return Number(answer?.headers.get("retry-after")) || 0;
}
