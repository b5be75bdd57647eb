/**
 * Entering a room for the first time: earlier messages stay hidden until the user asks for them. Pure.
 *
 * A line above the messages says how many there are. They are shown at once if the user has chosen so, or has been
 * here before: after a lost connection, a reload, or on another client of the same account.
 *
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_COUNTED } from "../protocol/bounds.js";
import { catchUp, finish, requestHistory, requestLatest } from "./history.js";
import { isEnd, put } from "./placing.js";

/**
 * Take a room that we have just entered: fetch what is to be shown of its past.
 * @param {Session} session
 * @param {Room} room
 */
export function arrive(session, room) {
  const { gap, present } = room;
  const isKnown = session.isResumed || gap.isCatchingUp || gap.anchor !== "" || present.edge(true) !== "";
  if (isKnown || session.showsPast) catchUp(session, room);
  else count(session, room);
}

/**
 * Show what was said before we came.
 * @param {Session} session
 * @param {Room} room
 */
export function showArrival(session, room) {
  const { arrival, present } = room;
  if (!arrival) return;
  room.arrival = null;
  room.changes++;
  present.hasOlder = arrival.hasMore;
  if (arrival.messages.length) put(session, room, present, arrival.messages);
  else if (present.edge(false))
    present.hasOlder = true; // asked only when somebody looks
  else requestLatest(session, room);
}

/**
 * @param {Session} session
 * @param {Room} room
 */
function count(session, room) {
  const { present } = room;
  room.isFetched = true;
  present.isLoading = true;
  requestHistory(session, room.name, "LATEST", "*", MAX_COUNTED, {
    take(messages, limit) {
      if (room.readTo) return requestLatest(session, room); // MARKREAD has told us that the account has read here
      const isSaid = ({ command = "" }) => command === "PRIVMSG" || command === "NOTICE";
      const before = messages.filter((message) => isSaid(message) && !present.ids.has(message.tags.msgid ?? ""));
      const hasMore = !isEnd(messages, limit);
      const upTo = before.at(-1)?.tags.msgid ?? "";
      if (upTo) room.arrival = { messages, upTo, count: before.length, hasMore };
      else put(session, room, present, messages);
      present.hasOlder = !upTo && hasMore;
      finish(session, room);
    },
    fail: (text) => finish(session, room, text),
  });
}
