/**
 * Redacted messages (https://ircv3.net/specs/extensions/message-redaction): none of their words remain. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Handler } from "./received.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_GONE, MAX_ID, makePlace } from "../protocol/bounds.js";
import { REDACTION } from "../protocol/capabilities.js";
import { casefold, withoutFormatting } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";
import { words } from "../words.js";
import { timeOf } from "./entries.js";
import { touchAnswers } from "./quotes.js";
import { dropReaction } from "./reactions.js";

const RANKS_THAT_MAY = "~&@";
const TOO_LATE = "REDACT_WINDOW_EXPIRED";

/**
 * Return whether to offer redacting a message: the tracker decides, but what it would surely refuse is not offered.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 */
export function mayTakeBack(session, room, entry) {
  const { tracker, orders, isOnline } = session;
  const canBe = entry.id && entry.nick && entry.kind !== "gone" && !entry.rank && !entry.state;
  if (!canBe || !isOnline || !tracker.can(REDACTION)) return false;
  const prefix = room.members.get(casefold(session.nick))?.prefix ?? "";
  if (!room.isPrivate && (orders.isOperator || (prefix && RANKS_THAT_MAY.includes(prefix)))) return true;
  const isInTime = !tracker.redactMs || tracker.clock - (entry.time ?? 0) < tracker.redactMs;
  return entry.isMine === true && isInTime;
}

/**
 * Redact a message.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 * @returns {string} what is wrong, if anything
 */
export function takeBack(session, room, entry) {
  if (!session.tracker.can(REDACTION)) return words.answering.noRedaction;
  if (!session.isOnline) return words.common.notConnected;
  session.order(
    { command: "REDACT", params: [room.name, entry.id] },
    {
      take() {},
      fail(text, message) {
        const [, code, , , seconds] = message?.params ?? [];
        if (code === TOO_LATE && Number(seconds) > 0) session.tracker.redactMs = Number(seconds) * 1000;
        entry.problem = text;
        room.touch(entry);
      },
    },
  );
  return "";
}

/** @type {Handler} */
export function redacted(session, message) {
  const [target = ""] = message.params;
  const room = session.find(isRoom(target) || session.isMe(message.nick) ? target : message.nick);
  const entry = room && withdraw(session, room, message);
  if (entry) session.add(room, entry);
}

/**
 * Forget the text of a redacted message; its place remains.
 * @param {Session} session
 * @param {Room} room
 * @param {Message} message the REDACT
 * @returns {Entry | null} an entry about it, if the message is not here
 */
export function withdraw(session, room, message) {
  const [, id = "", why] = message.params;
  if (!id || id.length > MAX_ID) return null;
  makePlace(room.gone, MAX_GONE);
  room.gone.set(id, true);
  const known = room.withId(id).filter(({ kind }) => kind !== "event");
  for (const entry of known) empty(room, entry, message.nick, why);
  forget(session, room, id);
  if (known.length || dropReaction(room, id)) return null;
  const text = because(words.events.tookBackEarlier(message.nick), why);
  return { kind: "event", nick: "", text, id: message.tags.msgid ?? "", time: timeOf(message) };
}

/**
 * @param {Room} room
 * @param {Entry} entry
 * @param {string} nick who redacted it
 * @param {string | undefined} why
 */
function empty(room, entry, nick, why) {
  if (entry.kind === "gone") return;
  const isBySelf = casefold(nick) === casefold(entry.nick);
  const text = isBySelf ? words.events.tookBack(nick) : words.events.removed(nick, entry.nick);
  for (const name of Object.keys(entry)) {
    if (!KEPT.has(name)) delete entry[/** @type {keyof Entry} */ (name)];
  }
  Object.assign(entry, { kind: "gone", nick: "", text: because(text, why) });
  room.touch(entry);
}

/** The fields that remain of a redacted message. */
const KEPT = new Set(["id", "time", "key", "isMine", "version"]);

/**
 * Forget its text wherever else it is kept.
 * @param {Session} session
 * @param {Room} room
 * @param {string} id
 */
function forget({ search }, room, id) {
  room.quotes.delete(id);
  if (room.answering?.id === id) room.answering = null;
  touchAnswers(room, id);
  const isOther = (/** @type {Entry} */ entry) => entry.id !== id;
  search.results = search.results.filter(({ entry }) => isOther(entry));
  for (const { context } of search.results) {
    if (!context) continue;
    context.before = context.before.filter(isOther);
    context.after = context.after.filter(isOther);
  }
}

/**
 * @param {string} text
 * @param {string | undefined} why
 */
function because(text, why) {
  return withoutFormatting(why ? `${text} (${why})` : text);
}
