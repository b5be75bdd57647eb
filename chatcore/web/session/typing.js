/**
 * Typing notifications (https://ircv3.net/specs/client-tags/typing): ours, and those of others. Pure.
 *
 * `now` is a reading of any one clock, in ms.
 *
 * @import { Room } from "./room.js"
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 */

import { MAX_TYPING, makePlace } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";

/** @type {Object<string, number>} */
const LASTS_MS = { active: 6000, paused: 30000 };
const EVERY_MS = 3000;

/**
 * Tell the others that the user is typing, at most every three seconds.
 * @param {Session} session
 * @param {Room} room
 * @param {string} text the current draft for the room, '' for none
 * @param {number} now
 */
export function tellTyping(session, room, text, now) {
  const isWriting = text !== "";
  const { typed } = session;
  if (!session.isOnline || !(room.isPrivate || room.isJoined)) return;
  const isKnown = typed?.room === room && typed.state === "active";
  if (isWriting && isKnown && now - typed.at < EVERY_MS) return;
  if (isWriting || isKnown) tell(session, room, isWriting ? "active" : "done", now);
}

/**
 * Tell the others that the user has paused in the middle of a text.
 * @param {Session} session
 * @param {number} now
 */
export function tellPaused(session, now) {
  const { typed } = session;
  if (typed?.state === "active" && session.isOnline) tell(session, typed.room, "paused", now);
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {"active" | "paused" | "done"} state
 * @param {number} now
 */
function tell(session, room, state, now) {
  session.typed = { room, state, at: now };
  const message = { tags: { "+typing": state }, command: "TAGMSG", params: [room.name] };
  session.order(message, { fail() {} }); // the tracker refuses the message itself, if anything
}

/** @type {Handler} */
export function typing(session, { nick, tags, params }, now) {
  const state = tags["+typing"];
  const [target = ""] = params;
  const room = session.find(isRoom(target) ? target : nick);
  if (!room || !state || session.isMe(nick)) return;
  const lasts = LASTS_MS[state];
  if (lasts) makePlace(room.typing, MAX_TYPING);
  if (lasts) room.typing.set(casefold(nick), { nick, until: now + lasts });
  else room.typing.delete(casefold(nick));
}

/**
 * Forget people who have stopped typing; return the time of the next change, or Infinity.
 * @param {Session} session
 * @param {number} now
 */
export function expireTyping(session, now) {
  let next = Infinity;
  for (const room of session.rooms.values()) {
    for (const [folded, { until }] of room.typing) {
      if (until <= now) room.typing.delete(folded);
      else next = Math.min(next, until);
    }
  }
  return next;
}
