/**
 * Own messages, from being typed until the tracker echoes or refuses them. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { newKey } from "./entries.js";
import { byteLength, MAX_BODY_BYTES, wrapText } from "./irc.js";

/**
 * Say something: one message a line, and more where a line is too long for one.
 * @param {Session} session
 * @param {Room} room
 * @param {string} text
 * @param {"message" | "action"} kind
 * @param {string} rank the prefix of those whom alone it is for, '' for everybody
 */
export function say(session, room, text, kind = "message", rank = "") {
  const { nick } = session;
  const source = session.source || `${nick}!${"x".repeat(10)}@${"x".repeat(63)}`;
  const overhead = byteLength(`:${source} PRIVMSG ${rank}${room.name} :`) + (kind === "action" ? 9 : 0);
  for (const line of text.split(/\r\n|[\r\n]/)) {
    if (!line.trim()) continue;
    for (const piece of wrapText(line.replaceAll("\0", ""), MAX_BODY_BYTES - overhead)) {
      /** @type {Entry} */
      const entry = { kind, nick, text: piece, id: "", time: 0, key: newKey(), isMine: true, rank, state: "queued" };
      room.pending.push(entry);
      if (session.isOnline && (room.isPrivate || room.isJoined) && !room.isCatchingUp) transmit(session, room, entry);
    }
  }
  session.typed = null; // a message ends the typing
}

/**
 * Send a message that waits.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 */
export function transmit(session, room, entry) {
  const body = entry.kind === "action" ? `\x01ACTION ${entry.text}\x01` : entry.text;
  const label = session.newLabel();
  Object.assign(entry, { state: "sent", reason: "", label });
  session.send({ tags: { label }, command: "PRIVMSG", params: [(entry.rank ?? "") + room.name, body] });
}

/**
 * Send again what may not have arrived, or was refused.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 */
export function retry(session, room, entry) {
  if (session.isOnline) transmit(session, room, entry);
  else entry.state = "queued";
}

/**
 * Give up a message that was not sent.
 * @param {Room} room
 * @param {Entry} entry
 */
export function discard(room, entry) {
  room.pending = room.pending.filter((other) => other !== entry);
}

/**
 * An own message has arrived, as this entry of the tracker's; return what stands for both.
 * @param {Room} room
 * @param {Entry} own
 * @param {Entry} entry
 */
export function arrived(room, own, entry) {
  discard(room, own);
  return Object.assign(own, entry, { key: own.key, state: /** @type {const} */ ("") });
}
