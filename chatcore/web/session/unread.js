/**
 * What is unread, where it begins, and how far we have read, synchronised with the account's other clients
 * (https://ircv3.net/specs/extensions/read-marker). Pure.
 *
 * A message is read once it is seen: at the end of the current room, while the page is visible.
 *
 * @import { Entry } from "./entries.js"
 * @import { Handler } from "./received.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_MARKERS, makePlace } from "../protocol/bounds.js";
import { READ_MARKER } from "../protocol/capabilities.js";
import { casefold } from "../protocol/irc.js";
import { momentOf } from "../protocol/moments.js";
import { isCounted, isWorthTelling } from "./noticing.js";

const TELL_AFTER_MS = 5000;
const KEY = "timestamp=";

/**
 * Return whether the end of a room is on screen.
 * @param {Session} session
 * @param {Room} room
 */
function isSeen(session, room) {
  return room === session.current && session.isVisible && room.isAtEnd && !room.past;
}

/**
 * Count a message of somebody else as unread, unless it is seen, and notify the user.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 * @param {boolean} isOld it comes from history: it is unread even in the current room
 */
export function countUnread(session, room, entry, isOld = false) {
  if (!isCounted(session.levels, room, entry)) return;
  const isRead = isOld ? room.readTo > 0 && (entry.time ?? 0) <= room.readTo : isSeen(session, room);
  if (!isRead) {
    if (!room.unread) setLine(room, entry);
    room.unread++;
    room.isMentioned ||= room.isPrivate || entry.isMention === true;
    if (isOld && room === session.current && room.isAtEnd) seek(room);
  }
  if (isWorthTelling(session.levels, room, entry)) session.notify(room, entry);
}

/**
 * Take earlier messages that were just fetched: the line belongs above them, if they are unread too.
 * @param {Room} room
 * @param {Entry[]} entries those new here, oldest first
 */
export function countEarlier(room, entries) {
  if (!room.line || !room.unread || !room.readTo || room.past) return;
  const unread = entries.filter((entry) => isFromOthers(entry) && (entry.time ?? 0) > room.readTo);
  const [first] = unread;
  if (!first) return;
  room.unread += unread.length;
  setLine(room, first);
}

/**
 * Open a room: if anything is unread, show it from where that begins.
 * @param {Session} session
 * @param {Room} room
 */
export function lookAt(session, room) {
  if (room.unread && room.isAtEnd) seek(room);
  markRead(session);
}

/**
 * Note that the end of a room has come into view, or is out of view.
 * @param {Session} session
 * @param {Room} room
 * @param {boolean} isAtEnd
 */
export function see(session, room, isAtEnd) {
  room.isAtEnd = isAtEnd;
  markRead(session);
}

/**
 * Return to the present: from the line on, if there is anything new.
 * @param {Room} room
 */
export function leavePast(room) {
  room.leavePast();
  room.place = null;
  if (room.unread) seek(room);
}

/**
 * Mark the current room as read, if its end is seen.
 * @param {Session} session
 */
export function markRead(session) {
  const { current } = session;
  if (!current || !isSeen(session, current)) return;
  Object.assign(current, { unread: 0, isMentioned: false });
  current.readTo = Math.max(current.readTo, lastSaid(current));
}

/**
 * Remove the line above new messages once it was seen: the user leaves the room, or writes.
 * @param {Room} room
 */
export function dropLine(room) {
  if (room.line) room.changes++;
  room.line = null;
}

/**
 * Take the read marker of another client of the account.
 * @type {Handler}
 */
export function readElsewhere(session, { params }) {
  const [name = "", value = ""] = params;
  const time = value.startsWith(KEY) ? momentOf(Date.parse(value.slice(KEY.length))) : 0;
  if (!time) return;
  const { markers } = session;
  markers.delete(casefold(name));
  makePlace(markers, MAX_MARKERS);
  markers.set(casefold(name), time);
  const room = session.find(name);
  if (!room) return;
  room.toldTo = Math.max(room.toldTo, time);
  if (time <= room.readTo) return;
  const isFirst = !room.readTo;
  room.readTo = time;
  if (isFirst || room.unread) countAgain(session, room);
}

/**
 * Send read markers: after a few seconds, or at once for a room no longer on screen; return when the next is due, or
 * Infinity.
 * @param {Session} session
 * @param {number} now by any one clock, in ms
 */
export function tellRead(session, now) {
  markRead(session);
  if (!session.isOnline || !session.account || !session.tracker.can(READ_MARKER)) return Infinity;
  let next = Infinity;
  for (const room of session.rooms.values()) {
    if (room.readTo <= room.toldTo) continue;
    room.toldAt ||= now + TELL_AFTER_MS;
    if (now < room.toldAt && isSeen(session, room)) next = Math.min(next, room.toldAt);
    else tell(session, room);
  }
  return next;
}

/**
 * @param {Session} session
 * @param {Room} room
 */
function tell(session, room) {
  Object.assign(room, { toldTo: room.readTo, toldAt: 0 });
  const params = [room.name, KEY + new Date(room.readTo).toISOString()];
  session.order({ command: "MARKREAD", params }, { fail() {} });
}

/**
 * Recount unread messages from the read marker.
 * @param {Session} session
 * @param {Room} room
 */
function countAgain(session, room) {
  if (isSeen(session, room) && !room.unread && room.line) return;
  const unread = [];
  const { entries } = room.present;
  for (let at = entries.length - 1; at >= 0 && (entries[at]?.time ?? 0) > room.readTo; at--) {
    const entry = entries[at];
    if (entry && isFromOthers(entry)) unread.push(entry);
  }
  room.unread = unread.length;
  room.isMentioned &&= unread.some(({ isMention }) => room.isPrivate || isMention);
  const first = unread.at(-1);
  if (first) setLine(room, first);
  if (first && room === session.current) seek(room);
}

/**
 * Return whether an entry counts as unread.
 * @param {Entry} entry
 */
export function isFromOthers({ nick, kind, isMine }) {
  return nick !== "" && kind !== "event" && !isMine;
}

/**
 * @param {Room} room
 * @param {Entry} entry
 */
function setLine(room, entry) {
  room.line = entry;
  room.changes++;
}

/**
 * Show the room from the line on.
 * @param {Room} room
 */
function seek(room) {
  Object.assign(room, { isAtEnd: false, seeksLine: true });
  room.changes++;
}

/**
 * Return when the last message was said in a room (Unix, ms), or 0 if there is none.
 * @param {Room} room
 */
function lastSaid({ present }) {
  return present.entries.findLast(({ id, nick }) => id && nick)?.time ?? 0;
}
