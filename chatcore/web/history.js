/**
 * What was said before, and what was missed (https://ircv3.net/specs/extensions/chathistory). Pure.
 *
 * After a lost connection each room asks for all after the last message that it knows; what comes twice has the same
 * msgid. Own messages that were on their way are looked for in it. One that is not there is sent again only if that
 * is certain to mean that it never arrived.
 */

import { casefold } from "./irc.js";
import { isRoom } from "./names.js";
import { asEntry, isAfter } from "./entries.js";

const CATCH_UP = 100;
const TARGETS = 50;

/** The connection is gone: remember how far each room is known. */
export function noteLost(session) {
  session.isOnline = false;
  session.batches.clear();
  session.requests.clear();
  for (const room of session.rooms.values()) {
    // What was missed before has its place after the anchor: it stays until all of that has been fetched.
    if (!room.isCatchingUp) room.anchor = room.edgeId(true);
    room.wasAlone = room.members.size <= 1;
    room.isCatchingUp = true;
    room.isLoading = false;
    room.isJoined = false;
    room.typing.clear();
    for (const entry of room.pending) if (entry.state === "sent") entry.state = "lost";
  }
}

/** The tracker has let us in: go to where we were, or for the first time to the lobby. */
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

/** Fetch what a room has missed; for one that knows nothing, the last messages. */
export function catchUp(session, room) {
  room.isAnchored = false;
  if (!room.anchor) {
    session.requestHistory(room, "LATEST");
    return;
  }
  if (room.pending.length) session.requestHistory(room, "AROUND", `msgid=${room.anchor}`, 1);
  session.requestHistory(room, "AFTER", `msgid=${room.anchor}`, CATCH_UP);
}

/** Take a batch of old messages; `label` is that of the request, '' for what comes unasked. */
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
  const entries = messages.map((message) => asEntry(session, message)).filter((entry) => entry);
  let place = placeOf(room, request, entries);
  for (const entry of entries) {
    const known = entry.id ? room.entries.findIndex(({ id }) => id === entry.id) : -1;
    if (known >= 0) {
      place = known + 1;
      continue;
    }
    const isNew = session.addAt(room, claimLost(session, room, entry), place++);
    if (isNew && isMissed && !entry.isMine) session.countUnread(room, entry);
  }
  if (request) finish(session, room, request, messages);
}

/** Return where the first of these old messages stands: many are of one millisecond, so their order is the batch's. */
function placeOf(room, request, entries) {
  const indexOf = (wanted) => room.entries.findIndex(({ id }) => id && id === wanted);
  const known = entries.findIndex(({ id }) => indexOf(id) >= 0);
  if (known >= 0) return indexOf(entries[known].id);
  const reference = indexOf(request?.reference.replace("msgid=", ""));
  if (reference >= 0) return request.subcommand === "BEFORE" ? reference : reference + 1;
  const later = room.entries.findIndex((entry) => entries.length && isAfter(entry, entries[0]));
  return later < 0 ? room.entries.length : later;
}

/** A request for history was refused. */
export function historyFailed(session, label) {
  const request = session.requests.get(label);
  session.requests.delete(label);
  if (!request || request.subcommand === "AROUND") return;
  finish(session, request.room, request, []);
}

/** Open the private conversations in which something was said. */
export function takeTargets(session, messages) {
  for (const { params } of messages.slice(0, TARGETS)) {
    const name = params[1] ?? "";
    if (params[0] !== "TARGETS" || !name || isRoom(name) || session.find(name)) continue;
    const room = session.ensure(name);
    if (room) session.requestHistory(room, "LATEST");
  }
}

function finish(session, room, request, messages) {
  room.isLoading = false;
  const isFull = messages.length >= request.limit;
  if (request.subcommand === "AFTER" && isFull) {
    room.anchor = messages.at(-1).tags.msgid;
    session.requestHistory(room, "AFTER", `msgid=${room.anchor}`, CATCH_UP);
    return;
  }
  if (request.subcommand !== "AFTER") room.hasOlder = isFull;
  settlePending(session, room);
}

/** Return what stands for an entry of the history: an own message that was on its way arrived, if this is it. */
function claimLost(session, room, entry) {
  const isIt = ({ state, text, kind }) =>
    ["lost", "uncertain"].includes(state) && text === entry.text && kind === entry.kind;
  const lost = entry.isMine && room.pending.find(isIt);
  if (!lost) return entry;
  session.discard(room, lost);
  return Object.assign(lost, entry, { key: lost.key, state: "" });
}

/** All that was missed is here: what is still on its way never arrived, or nobody can tell. */
function settlePending(session, room) {
  room.isCatchingUp = false;
  // The tracker forgets an empty room: what we knew must still be there, or there was nobody to hear us but us.
  const isRemembered = room.isAnchored || (!room.isPrivate && (room.wasAlone || (!room.anchor && room.members.size > 1)));
  const isCertain = session.isSameTracker && isRemembered;
  for (const entry of [...room.pending]) {
    if (entry.state === "lost" && !isCertain) {
      Object.assign(entry, { state: "uncertain", reason: "The connection was lost: perhaps this did not arrive." });
    } else if (entry.state === "lost" || entry.state === "queued") {
      session.transmit(room, entry);
    }
  }
}
