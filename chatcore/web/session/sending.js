/**
 * Our own messages, from the input until the tracker echoes or refuses them. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { TAGS } from "../protocol/capabilities.js";
import { byteLength, MAX_BODY_BYTES, wrapText } from "../protocol/irc.js";
import { asBatch, divide } from "../protocol/multiline.js";
import { newKey } from "./entries.js";
import { replyTags } from "./quotes.js";
import { dropLine } from "./unread.js";

/**
 * Say something. Several lines become one message if the tracker supports that, or else one each; a long line is
 * split.
 * @param {Session} session
 * @param {Room} room
 * @param {string} text
 * @param {"message" | "action"} kind
 * @param {string} rank the prefix of the members it is restricted to, '' for everybody
 */
export function say(session, room, text, kind = "message", rank = "") {
  const to = rank || room.answering?.rank || ""; // answers go to the same members
  for (const [index, each] of messagesOf(session, to + room.name, text, kind).entries()) {
    /** @type {Entry} */
    const entry = {
      kind,
      nick: session.nick,
      text: each,
      id: "",
      time: 0,
      key: newKey(),
      isMine: true,
      rank: to,
      answers: index ? "" : room.answering?.id,
      state: "queued",
    };
    room.pending.push(entry);
    if (session.isOnline && (room.isPrivate || room.isJoined) && !room.gap.isCatchingUp) transmit(session, room, entry);
  }
  room.answering = null;
  dropLine(room);
  session.typed = null; // a message ends the typing notification
}

/**
 * Say several lines, each as a message of its own.
 * @param {Session} session
 * @param {Room} room
 * @param {string[]} lines
 */
export function sayApart(session, room, lines) {
  room.leavePast();
  for (const line of lines) say(session, room, line);
}

/**
 * Return the messages that a text becomes: several lines become one message if the tracker supports that, or else one
 * each; a long line is split.
 * @param {Session} session
 * @param {string} target
 * @param {string} text
 * @param {"message" | "action"} kind
 */
export function messagesOf(session, target, text, kind = "message") {
  const lines = text.replaceAll("\0", "").split(/\r\n|[\r\n]/);
  const said = lines.filter((line) => line.trim());
  const most = mostBytes(session, target, kind);
  const isWhole = said.length > 1 && kind === "message" && takesLines(session);
  return isWhole ? divide(lines, session.tracker.limits, most) : said.flatMap((line) => wrapText(line, most));
}

/**
 * Return whether the tracker supports messages of several lines.
 * @param {Session} session
 */
export function takesLines({ tracker }) {
  return tracker.limits.lines > 1;
}

/**
 * Return how many bytes of text fit into the line as others receive it.
 * @param {Session} session
 * @param {string} target
 * @param {Entry["kind"]} kind
 */
function mostBytes({ nick, source }, target, kind) {
  const before = `:${source || `${nick}!${"x".repeat(10)}@${"x".repeat(63)}`} PRIVMSG ${target} :`;
  return MAX_BODY_BYTES - byteLength(before) - (kind === "action" ? 9 : 0);
}

/**
 * Send a queued message.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 */
export function transmit(session, room, entry) {
  const { kind, text, rank = "", answers } = entry;
  const body = kind === "action" ? `\x01ACTION ${text}\x01` : text;
  const label = session.questions.newLabel();
  const target = rank + room.name;
  const most = mostBytes(session, target, kind);
  Object.assign(entry, { state: "sent", reason: "", label, until: 0 });
  const tags = { label, ...(answers && session.tracker.can(TAGS) ? replyTags(answers) : {}) };
  if (text.includes("\n")) for (const part of asBatch(text, target, most, tags)) session.send(part);
  else session.send({ tags, command: "PRIVMSG", params: [target, body] });
}

/**
 * Send again a message that may not have arrived, or was refused.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 */
export function retry(session, room, entry) {
  if (session.isOnline) transmit(session, room, entry);
  else entry.state = "queued";
}

/**
 * Give up an unsent message.
 * @param {Room} room
 * @param {Entry} entry
 */
export function discard(room, entry) {
  room.pending = room.pending.filter((other) => other !== entry);
}

/**
 * Mark our own message as delivered, as the tracker's entry says; return the entry that stands for both.
 * @param {Room} room
 * @param {Entry} own
 * @param {Entry} entry
 */
export function arrived(room, own, entry) {
  discard(room, own);
  return Object.assign(own, entry, { key: own.key, state: /** @type {const} */ ("") });
}
