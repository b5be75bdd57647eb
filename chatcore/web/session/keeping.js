/**
 * What is stored for the next page load: rooms, drafts, unsent messages. Pure.
 *
 * It is plain data, bounded, and has no secrets: no password, no room key, no unsent command.
 *
 * @import { Entry } from "./entries.js"
 * @import { Obstacle } from "./obstacle.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_KEPT_TEXT, MAX_PENDING, MAX_ROOMS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { momentOf } from "../protocol/moments.js";
import { isRoom, LOBBY } from "../protocol/names.js";
import { newKey } from "./entries.js";
import { staysOut } from "./obstacle.js";
import { Room as NewRoom } from "./room.js";
import { isWhole } from "./whole.js";

/**
 * One of our own messages that was not delivered, and how far it got.
 * @typedef {Pick<Entry, "kind" | "text" | "rank" | "state" | "reason" | "answers">} KeptEntry
 */

/**
 * A room or conversation: its draft, its unsent messages, the last message known, the message being answered, and what
 * was said before we came and is hidden.
 * @typedef {{name: string, draft: string, anchor: string, pending: KeptEntry[], obstacle: Obstacle | null,
 *   answering: {id: string, nick: string, rank: string} | null,
 *   arrival: {upTo: string, count: number, hasMore: boolean} | null,
 *   place: Room["place"], readTo: number}} KeptRoom
 */

/**
 * The whole chat: `rooms` in order, `current` the one on screen ('' for none), `clock` when the tracker was last heard
 * (Unix, ms, by its own clock), and `born` in which of its runs.
 * @typedef {{account: string, born: string, clock: number, current: string, rooms: KeptRoom[]}} KeptChat
 */

const COMMAND = /^\s*\/(?!\/)/; // these may contain a password

/**
 * Return what is to be stored of a session.
 * @param {Session} session
 * @returns {KeptChat}
 */
export function toKeep({ account, tracker, awaySince, current, rooms, isOnline, finding }) {
  let left = MAX_KEPT_TEXT;
  const fitting = (/** @type {string} */ text) => {
    left -= text.length;
    return left >= 0 ? text : "";
  };
  return {
    account,
    born: tracker.born,
    clock: isOnline ? tracker.clock : awaySince,
    current: (current ?? finding.before)?.name ?? "",
    rooms: [...rooms.values()].slice(0, MAX_ROOMS).map((room) => keptRoom(room, fitting)),
  };
}

/**
 * @param {Room} room
 * @param {(text: string) => string} fitting returns a text, or '' if it does not fit
 * @returns {KeptRoom}
 */
function keptRoom(room, fitting) {
  const { name, draft, gap, present, pending, obstacle, answering, arrival, place, readTo } = room;
  const isBehind = gap.isCatchingUp || gap.isBehind;
  return {
    name,
    draft: COMMAND.test(draft) ? "" : fitting(draft),
    obstacle: staysOut(room) ? obstacle : null,
    anchor: (isBehind && gap.anchor) || present.edgeId(true),
    place,
    readTo,
    pending: pending
      .slice(0, MAX_PENDING)
      .map((entry) => ({ ...keptEntry(entry), text: fitting(entry.text) }))
      .filter(({ text }) => text),
    answering: answering && { id: answering.id, nick: answering.nick, rank: answering.rank },
    arrival: arrival && { upTo: arrival.upTo, count: arrival.count, hasMore: arrival.hasMore },
  };
}

/**
 * @param {Entry} entry
 * @returns {KeptEntry}
 */
function keptEntry({ kind, text, rank = "", state = "", reason = "", answers = "" }) {
  return { kind, text, rank, state, reason, answers };
}

/**
 * Restore a stored session. Messages marked as sent may have arrived; catching up with the room will tell.
 * @param {Session} session
 * @param {string} nick
 * @param {KeptChat} kept
 * @throws {TypeError} if it is not what `toKeep` returns
 */
export function restore(session, nick, kept) {
  if (!isWhole(kept)) throw new TypeError("not what was kept");
  const { account, born, clock, current, rooms } = kept;
  Object.assign(session, { nick, account, awaySince: momentOf(clock) });
  session.tracker.born = born;
  session.tracker.clock = momentOf(clock);
  for (const room of rooms.slice(0, MAX_ROOMS)) restoreRoom(session, nick, room);
  session.current = session.find(current) ?? session.current;
  const isOutside = rooms.length > 0 && !session.find(LOBBY);
  if (isOutside) session.wanted.drop(LOBBY);
}

/**
 * @param {Session} session
 * @param {string} nick
 * @param {KeptRoom} kept
 */
function restoreRoom(session, nick, kept) {
  const { name, draft, anchor, pending, obstacle = null, answering = null, arrival = null } = kept;
  const { place = null, readTo = 0 } = kept;
  const room = new NewRoom(name);
  Object.assign(room, { draft, obstacle, place, readTo: momentOf(readTo), isPrivate: !isRoom(name) });
  Object.assign(room.gap, { anchor, isCatchingUp: true });
  room.pending = pending.map(({ state, ...entry }) => ({
    ...{ ...entry, nick, id: "", time: 0, key: newKey(), isMine: true },
    state: state === "sent" ? "lost" : state,
  }));
  if (answering) room.answering = { ...answering, text: "" }; // other people's messages are not stored
  if (arrival) room.arrival = { ...arrival, messages: [] };
  session.rooms.set(casefold(name), room);
}

/**
 * Return whether any message has not reached the tracker, as far as is known.
 * @param {Session} session
 */
export function hasUnsent({ rooms }) {
  for (const { pending } of rooms.values()) if (pending.some(({ state }) => state !== "refused")) return true;
  return false;
}
