/**
 * The state of the connection: the login form, or the chat with a banner that says when the next try is.
 *
 * @import { Connection, State } from "../connection/connection.js"
 * @import { View } from "./view.js"
 */

import { words } from "../words.js";
import { hideLogin, isFormShown, showLogin } from "./login.js";

/**
 * What a state shows: the form, the chat without a banner, or a banner with a text and perhaps a button; null changes
 * nothing.
 * @typedef {{shows: "form" | "chat" | "banner" | null, say?: (state: State, why: string) => string, button?: string,
 *   act?: (view: View, connection: Connection) => void}} Look
 */

/** @type {Record<State["name"], Look>} */
const looks = {
  "": { shows: null },
  online: { shows: "chat" },
  refused: { shows: "form" },
  connecting: { shows: "banner", say: (_, why) => `${why} ${words.state.connecting}` },
  waiting: {
    shows: "banner",
    say: (_, why) => `${why} ${words.state.again}`,
    button: words.state.tryNow,
    act: (_, connection) => connection.wake(),
  },
  closed: {
    shows: "banner",
    say: (state) => ("text" in state ? state.text : ""),
    button: words.state.logIn,
    act: again,
  },
};
for (const look of Object.values(looks)) Object.freeze(look);

/** What each state of the connection shows. */
const LOOKS = Object.freeze(looks);

let timer = 0;

/**
 * Show the state of the connection, and the actions that can help.
 * @param {View} view
 * @param {Connection} connection
 * @param {State} state
 */
export function showState(view, connection, state) {
  clearInterval(timer);
  const { shows, say, button, act } = LOOKS[state.name];
  const isBegin = state.name === "connecting" && isFormShown(); // the form shows it
  if (shows === "form" && "problem" in state) showLogin(state.problem);
  if (shows === "chat") {
    hideLogin();
    view.banner("");
    view.focusText();
  }
  if (shows !== "banner" || isBegin) return;
  hideLogin(); // needed after a reload
  const why = connection.isBackSoon ? words.state.backSoon : words.state.lost;
  view.banner(say?.(state, why) ?? "", button, act ? () => act(view, connection) : null);
  const { isHard, pages } = connection.route;
  if (pages.length && (isHard || state.name === "closed")) view.elsewhere(pages);
  if ("seconds" in state) countDown(view, state.seconds);
}

/**
 * Try again as the same user, or show the form and what has changed.
 * @param {View} view
 * @param {Connection} connection
 */
function again(view, connection) {
  view.banner(words.state.connecting);
  connection.again();
}

/**
 * Count down a pause.
 * @param {View} view
 * @param {number} seconds
 */
function countDown(view, seconds) {
  const until = performance.now() + seconds * 1000;
  const tell = () => view.count(Math.max(1, Math.ceil((until - performance.now()) / 1000)));
  timer = setInterval(tell, 1000);
  tell();
}
