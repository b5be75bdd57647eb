/**
 * The commands about one message: a reply, a reaction, a redaction. Handlers of the table in `table.js`. Pure.
 *
 * They apply to the last message in the current room, or to the last one there by the person named.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { Run } from "./ordering.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { TAGS } from "../protocol/capabilities.js";
import { casefold } from "../protocol/irc.js";
import { answer } from "../session/quotes.js";
import { isReaction, sendReaction } from "../session/reactions.js";
import { takeBack } from "../session/redacting.js";
import { say } from "../session/sending.js";
import { words } from "../words.js";
import { asReaction } from "./emoji.js";
import { firstWord } from "./ordering.js";

const SAID = new Set(["message", "action", "notice"]);

/** @type {Run} */
export function reply(session, text) {
  const room = session.current;
  if (!room) return words.commands.inNoRoom;
  const [name, rest] = firstWord(text);
  const isKnown = lastOf(room, name) !== undefined || room.members.has(casefold(name));
  const isName = isKnown && rest !== "";
  const meant = lastOf(room, isName ? name : "");
  if (!meant) return words.answering.nothingSaid(isName ? name : "");
  if (!session.tracker.can(TAGS)) return words.answering.noTags;
  const before = room.answering;
  answer(room, meant);
  say(session, room, isName ? rest : text);
  room.answering = before; // the reply that the person has begun by hand
}

/** @type {Run} */
export function react(session, text) {
  return reactSo(session, text, false);
}

/** @type {Run} */
export function unreact(session, text) {
  return reactSo(session, text, true);
}

/** @type {Run} */
export function unsay(session, text) {
  const room = session.current;
  if (!room) return words.commands.inNoRoom;
  const [name, rest] = firstWord(text);
  if (rest) return words.answering.oneName;
  const meant = name ? lastOf(room, name) : lastOf(room, "", true);
  if (!meant) return name ? words.answering.nothingSaid(name) : words.answering.nothingOfYours;
  return takeBack(session, room, meant);
}

/**
 * @param {Session} session
 * @param {string} text
 * @param {boolean} isTakenBack
 */
function reactSo(session, text, isTakenBack) {
  const room = session.current;
  if (!room) return words.commands.inNoRoom;
  const [value = "", name = "", ...more] = text.split(/\s+/).reverse();
  if (more.length) return words.answering.oneNameAndReaction;
  if (!isReaction(asReaction(value))) return words.answering.noReaction;
  const meant = lastOf(room, name);
  if (!meant) return words.answering.nothingSaid(name);
  return sendReaction(session, room, meant, asReaction(value), isTakenBack);
}

/**
 * Return the last message in a room: by the person named, else by anybody but us, or by us if `isOwn`.
 * @param {Room} room
 * @param {string} nick '' for nobody in particular
 * @param {boolean} isOwn
 * @returns {Entry | undefined}
 */
function lastOf({ present }, nick, isOwn = false) {
  const folded = casefold(nick);
  return present.entries.findLast(
    (entry) =>
      entry.id !== "" &&
      SAID.has(entry.kind) &&
      (nick ? casefold(entry.nick) === folded : (entry.isMine === true) === isOwn),
  );
}
