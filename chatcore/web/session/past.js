/**
 * Looking back: loading more while scrolling, jumping to a message, and returning to the present. Pure.
 *
 * A room shows its present, or one stretch of its past. Scrolling far up in the present leaves the newer half behind,
 * and the rest becomes the past. Both are bounded: what has been scrolled out of the past is dropped, and fetched
 * again on the way back. Once the past reaches the present, the two are joined.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_FETCHED } from "../protocol/bounds.js";
import { sinceArrival } from "./arrival.js";
import { requestHistory, requestLatest, requestMissed } from "./history.js";
import { isEnd, put } from "./placing.js";
import { Stretch } from "./stretch.js";
import { countEarlier } from "./unread.js";

/**
 * Ask for the messages before those on screen, if there are any.
 * @param {Session} session
 * @param {Room} room
 */
export function requestOlder(session, room) {
  if (!canAsk(session, room.shown) || !room.shown.hasOlder) return;
  if (!room.past && room.present.isFull) leaveNewer(room);
  fetch(session, room, room.shown, "BEFORE");
}

/**
 * Ask for the messages after the past on screen.
 * @param {Session} session
 * @param {Room} room
 */
export function requestNewer(session, room) {
  if (room.past && canAsk(session, room.past)) fetch(session, room, room.past, "AFTER");
}

/**
 * Ask again for what the tracker could not provide.
 * @param {Session} session
 * @param {Room} room
 */
export function askAgain(session, room) {
  const { past, target, shown } = room;
  shown.problem = "";
  if (!past && room.gap.isBehind) requestMissed(session, room);
  else if (past && target && !shown.entries.length) goTo(session, room, target.id);
  else if (shown.edge(false)) requestOlder(session, room);
  else requestLatest(session, room);
}

/**
 * Show a message in its place in the room.
 * @param {Session} session
 * @param {Room} room
 * @param {string} id the message's msgid
 * @param {() => void} onMissing called if the tracker no longer has it
 */
export function goTo(session, room, id, onMissing = () => {}) {
  room.target = { id };
  showAround(session, room, id, onMissing);
}

/**
 * Show what was being read in a room; the present, if the tracker no longer has that.
 * @param {Session} session
 * @param {Room} room
 */
export function findPlace(session, room) {
  if (!room.place) return;
  showAround(session, room, room.place.id, () => {
    room.place = null;
    room.leavePast();
  });
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {string} id
 * @param {() => void} onMissing
 */
function showAround(session, room, id, onMissing) {
  if (room.present.ids.has(id)) room.past = null;
  if (room.shown.ids.has(id)) return;
  const past = new Stretch();
  room.past = past;
  past.isLoading = true;
  requestHistory(session, room.name, "AROUND", `msgid=${id}`, MAX_FETCHED, {
    take(messages) {
      past.isLoading = false;
      put(session, room, past, messages);
      past.hasOlder = past.entries.length > 0;
      if (!past.ids.has(id)) onMissing();
      if (room.past === past && meets(room, past, messages)) join(room, past);
    },
    fail: failed(past),
  });
}

/**
 * @param {Session} session
 * @param {Stretch} stretch
 */
function canAsk(session, stretch) {
  return session.isOnline && !stretch.isLoading && !stretch.problem && stretch.edge(false) !== "";
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {Stretch} stretch
 * @param {"BEFORE" | "AFTER"} subcommand
 */
function fetch(session, room, stretch, subcommand) {
  const isNewer = subcommand === "AFTER";
  const reference = stretch.edge(isNewer);
  stretch.isLoading = true;
  requestHistory(session, room.name, subcommand, `msgid=${reference}`, MAX_FETCHED, {
    take(messages, limit) {
      stretch.isLoading = false;
      const given = stretch === room.present ? sinceArrival(room, messages) : messages;
      const fresh = put(session, room, stretch, given, reference, isNewer);
      if (!isNewer) countEarlier(room, fresh);
      const isAll = given.length < messages.length || isEnd(messages, limit) || stretch.edge(isNewer) === reference;
      if (!isNewer) stretch.hasOlder = !isAll;
      if (room.past !== stretch) return;
      if (isNewer && (isAll || meets(room, stretch, messages))) join(room, stretch);
      else if (isNewer) stretch.cutOldest(room.mostEntries);
      else stretch.cutNewest(room.mostEntries);
    },
    fail: failed(stretch),
  });
}

/** @param {Stretch} stretch */
function failed(stretch) {
  return (/** @type {string} */ text) => {
    stretch.isLoading = false;
    stretch.problem = text;
  };
}

/**
 * Turn the older half of the present into the past on screen.
 * @param {Room} room
 */
function leaveNewer(room) {
  const { present } = room;
  const half = present.entries.length >> 1;
  const past = new Stretch(present.entries.slice(0, half));
  past.hasOlder = present.hasOlder;
  present.cutOldest(present.entries.length - half);
  if (past.edgeId(true)) room.past = past; // or else nothing was said in it
}

/**
 * @param {Room} room
 * @param {Stretch} past
 * @param {Message[]} messages those just inserted
 */
function meets(room, past, messages) {
  const { ids } = room.present;
  return past.entries.length > 0 && messages.some(({ tags }) => ids.has(tags.msgid ?? ""));
}

/**
 * Join the past and the present, once they have met.
 * @param {Room} room
 * @param {Stretch} past
 */
function join(room, past) {
  const { entries } = room.present;
  const known = entries.findLastIndex(({ id }) => past.ids.has(id));
  const whole = new Stretch([...past.entries, ...entries.slice(known + 1)]);
  whole.hasOlder = past.hasOlder;
  room.present = whole;
  room.arrival = null; // it now includes what was said before we came
  room.past = null;
}
