/**
 * Going back to where we were, once the tracker has let us in. Pure.
 *
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 */

import { LOBBY } from "../protocol/names.js";
import { enter } from "./entering.js";
import { arriveAt } from "./following.js";
import { catchUp, TARGETS } from "./history.js";

const NOT_IN_IT = "You are no longer in this room.";

/**
 * The tracker has let us in: go back to where we were, or the first time to the lobby.
 * @param {Session} session
 */
export function comeIn(session) {
  session.isOnline = true;
  if (session.isResumed) session.wanted.drop(LOBBY);
  for (const room of session.rooms.values()) {
    if (!room.isPrivate && !session.isResumed) session.wanted.add(room.name);
  }
  for (const { name, key: given } of session.wanted.rooms) {
    enter(session, name, given || session.find(name)?.key || "");
  }
  for (const room of session.rooms.values()) if (room.isPrivate) catchUp(session, room);
  const since = new Date(session.awaySince).toISOString();
  const params = ["TARGETS", "timestamp=2100-01-01T00:00:00.000Z", `timestamp=${since}`, String(TARGETS)]; // the latest
  session.order({ command: "CHATHISTORY", params }, { fail() {} });
  arriveAt(session, null);
  if (!session.isResumed) return;
  session.awaitedPong = session.questions.newLabel();
  session.send({ command: "PING", params: [session.awaitedPong] });
}

/**
 * The tracker has put us into the rooms in which we still are: say of the others that we are not.
 * @type {Handler}
 */
export function cameBack(session, { params }) {
  if (!session.awaitedPong || params.at(-1) !== session.awaitedPong) return;
  session.awaitedPong = "";
  for (const room of session.rooms.values()) {
    if (room.isPrivate || room.isJoined) continue;
    for (const entry of room.pending) {
      if (entry.state !== "refused") Object.assign(entry, { state: "uncertain", reason: NOT_IN_IT });
    }
    room.gap.isCatchingUp = false;
    session.add(room, { kind: "error", nick: "", text: NOT_IN_IT, id: "", invitation: room.name });
  }
}
