/**
 * What was said before, and what was missed (https://ircv3.net/specs/extensions/chathistory). Pure.
 *
 * After a lost connection each room asks for everything after the last message it knows; what comes twice has the same
 * msgid. Own messages that were on their way are looked for in it. One that is not there is sent again only if it
 * certainly never arrived.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "./irc.js"
 * @import { Room } from "./room.js"
 * @import { Request, Session } from "./session.js"
 */

import { MAX_FETCHED, MAX_REQUESTS, makePlace } from "./bounds.js";
import { asEntry, isAfter } from "./entries.js";
import { casefold } from "./irc.js";
import { isRoom } from "./names.js";
import { arrived, transmit } from "./sending.js";

const CATCH_UP = 100;
const TARGETS = 50;

/**
 * The connection is gone: remember how far each room is known.
 * @param {Session} session
 */
export function noteLost(session) {
  session.isOnline = false;
  session.batches.clear();
  session.requests.clear();
  for (const room of session.rooms.values()) {
    // What was missed before belongs after the anchor, which stays until all of it has been fetched.
    if (!room.isCatchingUp) room.anchor = room.edgeId(true);
    room.wasAlone = room.members.size <= 1;
    room.isCatchingUp = true;
    room.isLoading = false;
    room.isJoined = false;
    room.typing.clear();
    for (const entry of room.pending) if (entry.state === "sent") entry.state = "lost";
  }
}

/**
 * The tracker has let us in: go back to where we were, or the first time to the lobby.
 * @param {Session} session
 */
export function comeIn(session) {
  session.isOnline = true;
  for (const room of session.rooms.values()) if (!room.isPrivate) session.wanted.set(casefold(room.name), room.name);
  for (const [folded, name] of session.wanted) {
    const key = session.rooms.get(folded)?.key;
    session.send({ command: "JOIN", params: key ? [name, key] : [name] });
  }
  for (const room of session.rooms.values()) if (room.isPrivate) catchUp(session, room);
  const since = new Date(session.clock).toISOString();
  const params = ["TARGETS", `timestamp=${since}`, "timestamp=2100-01-01T00:00:00.000Z", String(TARGETS)];
  session.send({ command: "CHATHISTORY", params });
}

/**
 * Fetch what a room has missed; for one that knows nothing, the last messages.
 * @param {Session} session
 * @param {Room} room
 */
export function catchUp(session, room) {
  room.isAnchored = false;
  if (!room.anchor) {
    requestHistory(session, room, "LATEST");
    return;
  }
  if (room.pending.length) requestHistory(session, room, "AROUND", `msgid=${room.anchor}`, 1);
  requestHistory(session, room, "AFTER", `msgid=${room.anchor}`, CATCH_UP);
}

/**
 * Ask for what was said.
 * @param {Session} session
 * @param {Room} room
 * @param {"LATEST" | "BEFORE" | "AFTER" | "AROUND"} subcommand
 * @param {string} reference `msgid=` and an id; `*` for LATEST
 * @param {number} limit
 */
export function requestHistory(session, room, subcommand, reference = "*", limit = MAX_FETCHED) {
  if (!session.isOnline) return;
  const most = Number(session.isupport.get("CHATHISTORY")) || limit;
  const label = session.newLabel();
  makePlace(session.requests, MAX_REQUESTS);
  session.requests.set(label, { room, subcommand, reference, limit: Math.min(limit, most) });
  room.isLoading = true;
  const params = [subcommand, room.name, reference, String(limit)];
  session.send({ tags: { label }, command: "CHATHISTORY", params });
}

/**
 * Ask for what was said before what is shown, if there is any.
 * @param {Session} session
 * @param {Room} room
 */
export function requestOlder(session, room) {
  const first = room.edgeId(false);
  const canAsk = room.hasOlder && !room.isLoading && !room.isFull;
  if (first && canAsk) requestHistory(session, room, "BEFORE", `msgid=${first}`);
}

/**
 * Take a batch of old messages.
 * @param {Session} session
 * @param {string} target
 * @param {Message[]} messages
 * @param {string} label that of the request, '' for what comes unasked
 */
export function takeHistory(session, target, messages, label) {
  const request = session.requests.get(label);
  session.requests.delete(label);
  const room = request?.room ?? session.find(target);
  if (!room) return;
  if (request?.subcommand === "AROUND") {
    room.isAnchored = messages.some((message) => message.tags.msgid === room.anchor);
    return;
  }
  const isMissed = request && room.isCatchingUp;
  const entries = messages.map((message) => asEntry(session, message)).filter((entry) => entry !== null);
  let place = placeOf(room, request, entries);
  for (const entry of entries) {
    const known = entry.id ? room.entries.findIndex(({ id }) => id === entry.id) : -1;
    if (known >= 0) {
      place = known + 1;
      continue;
    }
    const isNew = session.addAt(room, claimLost(room, entry), place++);
    if (isNew && isMissed && !entry.isMine) session.countUnread(room, entry);
  }
  if (request) finish(session, room, request, messages);
}

/**
 * Return where the first of these old messages belongs. Many are of one millisecond, so their order is the batch's.
 * @param {Room} room
 * @param {Request | undefined} request
 * @param {Entry[]} entries
 */
function placeOf(room, request, entries) {
  const indexOf = (/** @type {string} */ wanted) => room.entries.findIndex(({ id }) => id && id === wanted);
  const known = entries.find(({ id }) => indexOf(id) >= 0);
  if (known) return indexOf(known.id);
  const reference = request ? indexOf(request.reference.replace("msgid=", "")) : -1;
  if (reference >= 0) return request?.subcommand === "BEFORE" ? reference : reference + 1;
  const [first] = entries;
  const later = first ? room.entries.findIndex((entry) => isAfter(entry, first)) : -1;
  return later < 0 ? room.entries.length : later;
}

/**
 * A request for history was refused.
 * @param {Session} session
 * @param {string} label
 */
export function historyFailed(session, label) {
  const request = session.requests.get(label);
  session.requests.delete(label);
  if (!request || request.subcommand === "AROUND") return;
  finish(session, request.room, request, []);
}

/**
 * Open the private conversations in which something was said.
 * @param {Session} session
 * @param {Message[]} messages
 */
export function takeTargets(session, messages) {
  for (const { params } of messages.slice(0, TARGETS)) {
    const name = params[1] ?? "";
    if (params[0] !== "TARGETS" || !name || isRoom(name) || session.find(name)) continue;
    const room = session.ensure(name);
    if (room) requestHistory(session, room, "LATEST");
  }
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {Request} request
 * @param {Message[]} messages
 */
function finish(session, room, request, messages) {
  room.isLoading = false;
  const isFull = messages.length >= request.limit;
  const lastId = messages.at(-1)?.tags.msgid;
  if (request.subcommand === "AFTER" && isFull && lastId) {
    room.anchor = lastId;
    requestHistory(session, room, "AFTER", `msgid=${room.anchor}`, CATCH_UP);
    return;
  }
  if (request.subcommand !== "AFTER") room.hasOlder = isFull;
  settlePending(session, room);
}

/**
 * Return what stands for an entry of the history: an own message that was on its way has arrived, if this is it.
 * @param {Room} room
 * @param {Entry} entry
 */
function claimLost(room, entry) {
  const isIt = (/** @type {Entry} */ { state, text, kind }) =>
    (state === "lost" || state === "uncertain") && text === entry.text && kind === entry.kind;
  const lost = entry.isMine && room.pending.find(isIt);
  if (!lost) return entry;
  return arrived(room, lost, entry);
}

/**
 * Everything that was missed is here: what is still on its way never arrived, or nobody can tell.
 * @param {Session} session
 * @param {Room} room
 */
function settlePending(session, room) {
  room.isCatchingUp = false;
  // The tracker forgets an empty room: what we knew must still be there, or nobody but us was there to hear.
  const isRemembered =
    room.isAnchored || (!room.isPrivate && (room.wasAlone || (!room.anchor && room.members.size > 1)));
  const isCertain = session.isSameTracker && isRemembered;
  for (const entry of [...room.pending]) {
    if (entry.state === "lost" && !isCertain) {
      Object.assign(entry, { state: "uncertain", reason: "The connection was lost: this may not have arrived." });
    } else if (entry.state === "lost" || entry.state === "queued") {
      transmit(session, room, entry);
    }
  }
}
