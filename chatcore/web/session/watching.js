/**
 * Whether the people we talk to privately are online (https://ircv3.net/specs/extensions/monitor). Pure.
 *
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 */

import { forgetGone } from "./presence.js";

const NAMES_A_LINE = 10;

/**
 * Ask the tracker to report when our conversation partners come and go.
 * @param {Session} session
 */
export function watchAll(session) {
  const nicks = [...session.rooms.values()].filter(({ isPrivate }) => isPrivate).map(({ name }) => name);
  if (nicks.length) monitor(session, "+", nicks);
}

/**
 * Start watching somebody.
 * @param {Session} session
 * @param {string} nick
 */
export function watch(session, nick) {
  monitor(session, "+", [nick]);
}

/**
 * Stop watching somebody.
 * @param {Session} session
 * @param {string} nick
 */
export function unwatch(session, nick) {
  monitor(session, "-", [nick]);
  forgetGone(session, nick);
}

/**
 * @param {Session} session
 * @param {"+" | "-"} sign
 * @param {string[]} nicks
 */
function monitor(session, sign, nicks) {
  const most = session.tracker.isupport.get("MONITOR");
  if (most === undefined || !session.isOnline) return;
  const names = nicks.filter((nick) => !/[\s,:]/.test(nick)).slice(0, Number(most) || nicks.length);
  for (let at = 0; at < names.length; at += NAMES_A_LINE) {
    session.send({ command: "MONITOR", params: [sign, names.slice(at, at + NAMES_A_LINE).join(",")] });
  }
}

/** @type {Handler} */
function came(session, { params }) {
  for (const source of (params[1] ?? "").split(",")) note(session, source.replace(/!.*/, ""), false);
}

/** @type {Handler} */
function left(session, { params }) {
  for (const nick of (params[1] ?? "").split(",")) note(session, nick, true);
}

/**
 * @param {Session} session
 * @param {string} nick
 * @param {boolean} isGone
 */
function note(session, nick, isGone) {
  const room = session.find(nick);
  if (room?.isPrivate) room.isGone = isGone;
  if (isGone) session.people.forget(nick);
}

/**
 * Messages about watched people: rows of the table in received.js.
 * @type {Object<string, Handler>}
 */
export const WATCHING = { 730: came, 731: left };
