/**
 * Replies (https://ircv3.net/specs/client-tags/reply): which message another one answers, and what it said. Pure.
 *
 * A quoted message is looked up in the same room only: an id from elsewhere finds nothing.
 *
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 */

import { MAX_ID, MAX_QUOTE } from "../protocol/bounds.js";

/** Both are in use: the second is the name from before ratification. */
const REPLY_TAGS = ["+reply", "+draft/reply"];

/**
 * What is shown of a quoted message. `text` is its beginning, '' if it was redacted; `isKnown` is false until it is
 * here.
 * @typedef {{nick: string, text: string, isMine: boolean, isKnown: boolean}} Quote
 */

/**
 * The message being answered. `rank` is the prefix of the members it was restricted to.
 * @typedef {{id: string, nick: string, text: string, rank: string}} Answering
 */

/** The quote of a message that is not here. @type {Quote} */
export const UNKNOWN = Object.freeze({ nick: "", text: "", isMine: false, isKnown: false });

/**
 * Return the id of the message that these tags answer; '' for none, or if it is too long to be an id.
 * @param {Object<string, string>} tags
 */
export function answeredId(tags) {
  const ids = REPLY_TAGS.map((name) => tags[name] ?? "");
  return ids.find((id) => id && id.length <= MAX_ID) ?? "";
}

/**
 * Return the tags of an answer to a message.
 * @param {string} id
 */
export function replyTags(id) {
  return Object.fromEntries(REPLY_TAGS.map((name) => [name, id]));
}

/**
 * Return the quote of a message that was answered in this room.
 * @param {Room} room
 * @param {string} id
 * @returns {Quote}
 */
export function quoteOf(room, id) {
  const [entry] = room.withId(id);
  if (entry) return asQuote(entry);
  return room.quotes.get(id) ?? UNKNOWN;
}

/**
 * Redraw the answers to a message.
 * @param {Room} room
 * @param {string} id
 */
export function touchAnswers(room, id) {
  for (const { entries } of [room.present, ...(room.past ? [room.past] : []), { entries: room.pending }]) {
    for (const entry of entries) if (entry.answers === id) room.touch(entry);
  }
}

/**
 * Mark an answer to one of our own messages: it counts as a mention.
 * @param {Room} room
 * @param {Entry} entry
 */
export function noteAnswer(room, entry) {
  if (entry.answers && !entry.isMine && quoteOf(room, entry.answers).isMine) entry.isMention = true;
}

/**
 * Begin answering a message.
 * @param {Room} room
 * @param {Entry} entry
 */
export function answer(room, entry) {
  const { nick, text } = asQuote(entry);
  room.answering = { id: entry.id, nick, text, rank: entry.rank ?? "" };
}

/**
 * Return a message as a quote.
 * @param {Entry} entry
 * @returns {Quote}
 */
export function asQuote({ kind, nick, text, isMine = false }) {
  if (kind === "gone") return { nick: "", text: "", isMine, isKnown: true };
  const line = text.split("\n").find((each) => each.trim()) ?? "";
  return { nick, text: [...line.trim().slice(0, 2 * MAX_QUOTE)].slice(0, MAX_QUOTE).join(""), isMine, isKnown: true };
}
