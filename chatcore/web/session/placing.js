/**
 * Old messages, from a history answer to their place in a room: speech, events, and reactions; redacted messages are
 * left out. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Reacting } from "./reactions.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 * @import { Stretch } from "./stretch.js"
 */

import { PLAYBACK } from "../protocol/capabilities.js";
import { asEntry, isAfter } from "./entries.js";
import { happened } from "./happened.js";
import { isUnseen } from "./ignored.js";
import { answeredId, noteAnswer } from "./quotes.js";
import { reactionIn, setReactions } from "./reactions.js";
import { withdraw } from "./redacting.js";
import { arrived } from "./sending.js";

const MUCH_CHARS = 100_000; // an answer shorter than a tracker's page is complete
const LINE_CHARS = 200; // of a line without its text, with all tags

/**
 * Return whether an answer reaches the end of the history. Reactions come on top of the limit; if the text is very
 * long, an answer holds fewer messages than the limit.
 * @param {Message[]} messages
 * @param {number} limit
 */
export function isEnd(messages, limit) {
  const counted = messages.filter((message) => !isOfAnother(message));
  const size = messages.reduce((sum, { params }) => sum + (params.at(-1)?.length ?? 0) + LINE_CHARS, 0);
  return counted.length < limit && (size < MUCH_CHARS || !counted.length);
}

/**
 * Return the last message, as the reference for the next request.
 * @param {Message[]} messages
 */
export function lastOf(messages) {
  // Only the first line of a message has its id. Reactions are later than what follows.
  return messages.findLast((message) => message.tags.msgid && !isOfAnother(message));
}

/** @param {Message} message */
function isOfAnother({ command, tags }) {
  return command === "TAGMSG" && answeredId(tags) !== "";
}

/**
 * Put old messages into a stretch of a room; return those that are new.
 * @param {Session} session
 * @param {Room} room
 * @param {Stretch} stretch
 * @param {Message[]} messages
 * @param {string} reference the msgid in the request, '' for none
 * @param {boolean} isAfter whether they were said after that message
 */
export function put(session, room, stretch, messages, reference = "", isAfter = false) {
  const entries = asPast(session, room, messages);
  let place = placeOf(stretch, entries, reference, isAfter);
  const fresh = entries.filter((entry) => {
    const known = stretch.indexOf(entry.id);
    if (known >= 0) {
      place = known + 1;
      return false;
    }
    const shown = stretch === room.present ? claimLost(room, entry) : entry;
    const { length } = stretch.entries;
    const isNew = stretch.insert(shown, place);
    place += stretch.entries.length - length; // none if it was folded into the entry before
    return isNew;
  });
  putReactions(session, room, stretch, messages);
  for (const entry of fresh) noteAnswer(room, entry);
  if (stretch === room.present) session.bound(room, fresh.length);
  return fresh;
}

/**
 * Return old messages as entries of a room. Redacted ones are forgotten on the way.
 * @param {Session} session
 * @param {Room} room
 * @param {Message[]} messages
 */
function asPast(session, room, messages) {
  const told = messages.map((message) => {
    if (isUnseen(session, message)) return null;
    if (message.command === "REDACT") return withdraw(session, room, message);
    return asEntry(session, message) ?? happened(session, message);
  });
  return told
    .filter((entry) => entry !== null && !room.gone.has(entry.id))
    .map((entry) => /** @type {Entry} */ (entry));
}

/**
 * Set the reactions of messages: history sends all of them right after each message.
 * @param {Session} session
 * @param {Room} room
 * @param {Stretch} stretch
 * @param {Message[]} messages
 */
function putReactions(session, room, stretch, messages) {
  if (!session.tracker.can(PLAYBACK)) return;
  /** @type {Map<string, Reacting[]>} */
  const reactions = new Map();
  for (const message of messages) {
    const reaction = isUnseen(session, message) ? null : reactionIn(session, message);
    const { msgid = "" } = message.tags;
    if (reaction) reactions.get(reaction.to)?.push(reaction);
    else if (stretch.ids.has(msgid)) reactions.set(msgid, []);
  }
  for (const [id, all] of reactions) {
    for (const entry of room.withId(id)) if (entry.kind !== "gone") setReactions(room, entry, all);
  }
}

/**
 * Return where the first of these old messages belongs. Many have the same millisecond, so the batch decides their
 * order.
 * @param {Stretch} stretch
 * @param {Entry[]} entries
 * @param {string} reference
 * @param {boolean} isAfterIt
 */
function placeOf(stretch, entries, reference, isAfterIt) {
  const known = entries.find(({ id }) => stretch.ids.has(id));
  if (known) return stretch.indexOf(known.id);
  const place = stretch.indexOf(reference);
  if (place >= 0) return isAfterIt ? place + 1 : place;
  const [first] = entries;
  const later = first ? stretch.entries.findIndex((entry) => isAfter(entry, first)) : -1;
  return later < 0 ? stretch.entries.length : later;
}

/**
 * Return the entry for a message of the history: if it is our own message in flight, that one is delivered.
 * @param {Room} room
 * @param {Entry} entry
 */
function claimLost(room, entry) {
  const isIt = (/** @type {Entry} */ { state, text, kind, rank = "" }) =>
    (state === "lost" || state === "uncertain") && text === entry.text && kind === entry.kind && rank === entry.rank;
  const lost = entry.isMine && room.pending.find(isIt);
  if (!lost) return entry;
  return arrived(room, lost, entry);
}
