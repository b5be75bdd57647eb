/**
 * Replies (https://ircv3.net/specs/client-tags/reply): which message one answers, and what that said. Pure.
 *
 * What is quoted is looked for in the same room alone: an id of elsewhere finds nothing.
 *
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 */

import { MAX_ID, MAX_QUOTE } from "../protocol/bounds.js";

/** Programs write either: the second is the name from before it was ratified. */
const REPLY_TAGS = ["+reply", "+draft/reply"];

/**
 * What is shown of a message that another one answers. `text` is its beginning, '' for what was taken back; `isKnown`
 * is false while that is not here.
 * @typedef {{nick: string, text: string, isMine: boolean, isKnown: boolean}} Quote
 */

/**
 * The message that somebody is writing an answer to. `rank` is that of those whom alone it was for.
 * @typedef {{id: string, nick: string, text: string, rank: string}} Answering
 */

/** What is shown of one that is not here. @type {Quote} */
export const UNKNOWN = Object.freeze({ nick: "", text: "", isMine: false, isKnown: false });

/**
 * Return the id of the message that one with these tags answers; '' if none, or one that is too long to be an id.
 * @param {Object<string, string>} tags
 */
export function answeredId(tags) {
  const ids = REPLY_TAGS.map((name) => tags[name] ?? "");
  return ids.find((id) => id && id.length <= MAX_ID) ?? "";
}

/**
 * Return the tags that say which message is meant.
 * @param {string} id
 */
export function replyTags(id) {
  return Object.fromEntries(REPLY_TAGS.map((name) => [name, id]));
}

/**
 * Return what is known of a message that one in this room answers.
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
 * Have the answers to a message shown anew.
 * @param {Room} room
 * @param {string} id
 */
export function touchAnswers(room, id) {
  for (const { entries } of [room.present, ...(room.past ? [room.past] : []), { entries: room.pending }]) {
    for (const entry of entries) if (entry.answers === id) room.touch(entry);
  }
}

/**
 * Note of a message that it answers what one said oneself: then it is for oneself as if it had one's name in it.
 * @param {Room} room
 * @param {Entry} entry
 */
export function noteAnswer(room, entry) {
  if (entry.answers && !entry.isMine && quoteOf(room, entry.answers).isMine) entry.isMention = true;
}

/**
 * Begin to write an answer to a message.
 * @param {Room} room
 * @param {Entry} entry
 */
export function answer(room, entry) {
  const { nick, text } = asQuote(entry);
  room.answering = { id: entry.id, nick, text, rank: entry.rank ?? "" };
}

/**
 * Return what is shown of a message where it is answered.
 * @param {Entry} entry
 * @returns {Quote}
 */
export function asQuote({ kind, nick, text, isMine = false }) {
  if (kind === "gone") return { nick: "", text: "", isMine, isKnown: true };
  const line = text.split("\n").find((each) => each.trim()) ?? "";
  return { nick, text: [...line.trim().slice(0, 2 * MAX_QUOTE)].slice(0, MAX_QUOTE).join(""), isMine, isKnown: true };
}
