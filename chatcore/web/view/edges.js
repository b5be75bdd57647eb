/**
 * What is shown above all messages of a room, and below those of its past.
 *
 * @import { Item } from "./dom.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

/**
 * The user's actions here: `showPast` shows what was said before they came, `alwaysShowPast` in every room from now
 * on, and `neverShowPast` in none.
 * @typedef {{showPast: (room: Room) => void, alwaysShowPast: (room: Room) => void, neverShowPast: () => void}} EdgeActions
 */

import { words } from "../words.js";
import { make } from "./dom.js";

/**
 * Return the loading sign, which appears after a while; its space is always reserved, so that nothing moves.
 * @param {"older" | "newer"} which
 * @param {boolean} isLoading
 * @returns {Item}
 */
export function loading(which, isLoading) {
  const build = () => make("p", { class: isLoading ? "loading busy" : "loading" }, words.log[which]);
  return { key: which, look: String(isLoading), build };
}

/**
 * Return what is shown above the messages on screen.
 * @param {Room} room
 * @param {Session} session
 * @param {boolean} hasMore of the stored entries
 * @param {EdgeActions & {again: (room: Room) => void}} actions
 */
export function topOf(room, session, hasMore, actions) {
  const { problem, hasOlder, isLoading } = room.shown;
  if (problem && !isLoading && !hasMore) return unavailable(problem, () => actions.again(room));
  if (hasMore || hasOlder || isLoading) return loading("older", isLoading);
  return room.arrival && !room.past ? arrival(room, actions) : beginning(room, session, actions);
}

/**
 * @param {string} problem
 * @param {() => void} onclick
 * @returns {Item}
 */
function unavailable(problem, onclick) {
  if (problem === words.commands.cleared) return emptied(onclick);
  const told = `${words.log.unavailable(problem)} `;
  const build = () =>
    make("p", { class: "told error" }, told, make("button", { type: "button", onclick }, words.log.again));
  return { key: "older", look: problem, build };
}

/**
 * Return the note that the user has cleared the window.
 * @param {() => void} onclick
 * @returns {Item}
 */
function emptied(onclick) {
  const button = () => make("button", { type: "button", onclick }, words.commands.showAgain);
  const build = () => make("p", { class: "told" }, `${words.commands.cleared} `, button());
  return { key: "older", look: "emptied", build };
}

/**
 * Return the line that counts what was said before the user came.
 * @param {Room} room
 * @param {EdgeActions} actions
 * @returns {Item}
 */
function arrival(room, { showPast, alwaysShowPast }) {
  const { count = 0, hasMore = false } = room.arrival ?? {};
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
    make("button", { type: "button", onclick }, text);
  const build = () =>
    make(
      "p",
      { class: "told" },
      make("span", {}, words.log.before(count, hasMore)),
      button(words.log.showBefore, () => showPast(room)),
      button(words.log.alwaysShowBefore, () => alwaysShowPast(room)),
    );
  return { key: "arrival", look: `${count} ${hasMore}`, build };
}

/**
 * Return who can read what is said here, and how long it is kept.
 * @param {Room} room
 * @param {Session} session
 * @param {EdgeActions} actions
 * @returns {Item}
 */
function beginning(room, session, { neverShowPast }) {
  const { tracker } = session;
  const readers = session.isMe(room.name) ? words.log.you : words.log.youAnd(room.name);
  const sentences = room.isPrivate
    ? [words.log.onlyFor(readers), tracker.aboutLog, tracker.aboutHistory]
    : [words.log.beginning(room.name), isWelcomed(room) ? "" : tracker.aboutHistory];
  if (room.isPrivate && !session.account) sentences.push(words.log.untilYouLeave);
  const text = sentences.filter((sentence) => sentence).join(" ");
  const isChosen = session.showsPast && !room.isPrivate;
  const never = () => make("button", { type: "button", onclick: neverShowPast }, words.log.neverShowBefore);
  const build = () => make("p", { class: "told beginning" }, make("span", {}, text), isChosen ? never() : "");
  return { key: "beginning", look: `${isChosen} ${text}`, build };
}

/**
 * Whether a room shows the message of the day, which says how long messages are kept.
 * @param {Room} room
 */
function isWelcomed(room) {
  return room.shown.entries.some(({ kind, time }) => kind === "info" && time === 1); // sorts before all messages
}
