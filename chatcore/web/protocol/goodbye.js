/**
 * What has ended according to an ERROR, the last line that a client gets. Its words come from protocol/goodbye.py.
 * Pure.
 */

export const TRACKER_LEFT = "the tracker has left";
export const BACK_SOON = "the tracker will be back soon";
const PASSING =
  /^((Ping timeout|Write timeout|SendQ exceeded|Registration timed out|TLS handshake timed out|Connection closed)\b|.*, try again in a moment$)/;
const RESTART = 1012; // Service Restart

/**
 * Return whether a connection that ended with this ERROR was lost, rather than closed on purpose.
 * @param {string} text the parameter of an ERROR
 */
export function isPassing(text) {
  return PASSING.test(text.replace(/^Closing link: /, ""));
}

/**
 * Return what has ended: this connection, the chat, or the tracker's run, after which it restarts. Only the words can
 * tell that the chat has ended: Firefox itself closes with 1001 (Going Away) when it leaves a page.
 * @param {string} text the parameter of an ERROR, or what the WebSocket was closed with; '' if there was neither
 * @param {number} code the WebSocket's close code
 * @returns {"visit" | "chat" | "run"}
 */
export function endingOf(text, code = 0) {
  const reason = text.replace(/^Closing link: /, "");
  if (reason === TRACKER_LEFT) return "chat";
  return reason === BACK_SOON || code === RESTART ? "run" : "visit";
}
