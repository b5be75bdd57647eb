/**
 * Returning to our rooms once the tracker has let us in. Pure.
 *
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 */

import { casefold } from "../protocol/irc.js";
import { LOBBY } from "../protocol/names.js";
import { words } from "../words.js";
import { enter } from "./entering.js";
import { arriveAt } from "./following.js";
import { catchUp, TARGETS } from "./history.js";
import { droppedFrom, staysOut } from "./obstacle.js";
import { watchAll } from "./watching.js";

/**
 * Return to our rooms after registration, or the first time, go to the lobby.
 * @param {Session} session
 */
export function returnToRooms(session) {
  session.isOnline = true;
  if (session.isResumed) session.wanted.drop(LOBBY);
  for (const room of session.rooms.values()) {
    if (!room.isPrivate && !session.isResumed && !staysOut(room)) session.wanted.add(room.name);
  }
  for (const { name, key: given } of session.wanted.rooms) {
    enter(session, name, given || session.find(name)?.key || "");
  }
  for (const room of session.rooms.values()) if (room.isPrivate) catchUp(session, room);
  watchAll(session);
  const since = new Date(session.awaySince).toISOString();
  const params = ["TARGETS", "timestamp=2100-01-01T00:00:00.000Z", `timestamp=${since}`, String(TARGETS)]; // the latest
  session.order({ command: "CHATHISTORY", params }, { fail() {} });
  arriveAt(session, null);
  if (!session.isResumed) return;
  session.awaitedPong = session.questions.newLabel();
  session.send({ command: "PING", params: [session.awaitedPong] });
}

/**
 * Take the tracker's list of the rooms we are still in; mark the others as left.
 * @type {Handler}
 */
export function cameBack(session, { params }) {
  if (!session.awaitedPong || params.at(-1) !== session.awaitedPong) return;
  session.awaitedPong = "";
  for (const room of session.rooms.values()) {
    if (room.isPrivate || room.isJoined) continue;
    for (const entry of room.pending) {
      if (entry.state !== "refused") Object.assign(entry, { state: "uncertain", reason: words.obstacle.gone });
    }
    room.gap.isCatchingUp = false;
    droppedFrom(room);
    if (casefold(room.name) === LOBBY && !staysOut(room)) enter(session, room.name, room.key); // open to everybody
  }
}
