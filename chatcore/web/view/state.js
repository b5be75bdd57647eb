/**
 * How the connection is: the form, or the banner of the chat, which says when it is tried again.
 *
 * @import { Connection, State } from "../connection/connection.js"
 * @import { View } from "./view.js"
 */

import { hideLogin, showLogin } from "./login.js";

let timer = 0;

/**
 * Show how the connection is, and offer what can be done.
 * @param {View} view
 * @param {Connection} connection
 * @param {State} state
 */
export function showState(view, connection, state) {
  clearInterval(timer);
  const whyLost = connection.isBackSoon ? "The tracker will be back soon." : "Connection lost.";
  if (state.name === "online") {
    hideLogin();
    view.banner("");
    view.focusText();
  } else if (state.name === "refused") {
    showLogin(state.problem);
  } else if (state.name === "waiting") {
    view.banner(`${whyLost} Trying again`, "Try now", () => connection.wake());
    countDown(view, state.seconds);
  } else if (state.name === "connecting" && connection.wasOnline) {
    view.banner(`${whyLost} Connecting\u2026`);
  } else if (state.name === "closed") {
    // Back to where one was, if nothing has changed; else the form says what has.
    const again = () => {
      view.banner("Connecting\u2026");
      connection.again();
    };
    view.banner(state.text, "Log in again", again);
  }
}

/**
 * Show how long a pause still takes.
 * @param {View} view
 * @param {number} seconds
 */
function countDown(view, seconds) {
  const until = performance.now() + seconds * 1000;
  const tell = () => view.count(Math.max(1, Math.ceil((until - performance.now()) / 1000)));
  timer = setInterval(tell, 1000);
  tell();
}
