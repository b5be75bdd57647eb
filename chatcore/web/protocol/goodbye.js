/**
 * What an ERROR, the last line that a client gets, says has ended. The words are those of protocol/goodbye.py. Pure.
 */

export const TRACKER_LEFT = "the tracker has left";
export const BACK_SOON = "the tracker will be back soon";
const PASSING =
  /^((Ping timeout|Write timeout|SendQ exceeded|Registration timed out|TLS handshake timed out|Connection closed)\b|.*, try again in a moment$)/;
const CODES = new Map([
  [1001, "chat"], // Going Away
  [1012, "run"], // Service Restart
]);

/**
 * Return whether a connection that ended with this ERROR was lost, and not ended on purpose.
 * @param {string} text the parameter of an ERROR
 */
export function isPassing(text) {
  return PASSING.test(text.replace(/^Closing link: /, ""));
}

/**
 * Return what has ended: this connection alone, the chat, or the tracker's run, after which it is started again.
 * @param {string} text the parameter of an ERROR, '' if there was none
 * @param {number} code the WebSocket's close code
 * @returns {"visit" | "chat" | "run"}
 */
export function endingOf(text, code = 0) {
  const reason = text.replace(/^Closing link: /, "");
  if (reason === TRACKER_LEFT) return "chat";
  if (reason === BACK_SOON) return "run";
  return /** @type {"chat" | "run" | undefined} */ (CODES.get(code)) ?? "visit";
}
