/**
 * What stands above all messages of a room, and below those of its past.
 *
 * @import { Item } from "./dom.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { make } from "./dom.js";

/**
 * Return that more is on its way, which is said when it takes long: there is room for it always, so that nothing moves.
 * @param {"older" | "newer"} which
 * @param {boolean} isLoading
 * @returns {Item}
 */
export function loading(which, isLoading) {
  const text = `Loading ${which} messages\u2026`;
  const build = () => make("p", { class: isLoading ? "loading busy" : "loading" }, text);
  return { key: which, look: String(isLoading), build };
}

/**
 * @param {string} problem
 * @param {() => void} onclick
 * @returns {Item}
 */
export function unavailable(problem, onclick) {
  const words = `Older messages did not come: ${problem} `;
  const build = () =>
    make("p", { class: "told error" }, words, make("button", { type: "button", onclick }, "Try again"));
  return { key: "older", look: problem, build };
}

/**
 * Return who can read what is said here, and for how long.
 * @param {Room} room
 * @param {Session} session
 * @returns {Item}
 */
export function beginning(room, session) {
  const readers = session.isMe(room.name) ? "you" : `you and ${room.name}`;
  const words = room.isPrivate
    ? [`Only ${readers} can see this.`, session.tracker.aboutLog, session.tracker.aboutHistory]
    : [
        `This is the beginning of what you can read in ${room.name}.`,
        isWelcomed(room) ? "" : session.tracker.aboutHistory,
      ];
  if (room.isPrivate && !session.account) words.push("Without an account, you can read it only until you leave.");
  const text = words.filter((sentence) => sentence).join(" ");
  return { key: "beginning", look: text, build: () => make("p", { class: "told beginning" }, text) };
}

/**
 * Whether the welcome text is shown in a room, which says for how long things are kept.
 * @param {Room} room
 */
function isWelcomed(room) {
  return room.shown.entries.some(({ kind, time }) => kind === "info" && time === 1); // as if said before all else
}
