/**
 * Fetching quoted messages that are not here. Pure.
 *
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_QUOTES, makePlace } from "../protocol/bounds.js";
import { asEntry } from "./entries.js";
import { requestHistory } from "./history.js";
import { isUnseen } from "./ignored.js";
import { asQuote, touchAnswers, UNKNOWN } from "./quotes.js";

/**
 * Fetch a quoted message that is not here, once.
 * @param {Session} session
 * @param {Room} room
 * @param {string} id
 */
export function fetchQuote(session, room, id) {
  if (!session.isOnline || room.quotes.has(id) || room.withId(id).length) return;
  makePlace(room.quotes, MAX_QUOTES);
  room.quotes.set(id, UNKNOWN);
  requestHistory(session, room.name, "AROUND", `msgid=${id}`, 1, {
    take(messages) {
      const found = messages.find(({ tags }) => tags.msgid === id);
      const entry = found && !room.gone.has(id) && !isUnseen(session, found) ? asEntry(session, found) : null;
      if (!entry) return;
      room.quotes.set(id, asQuote(entry));
      touchAnswers(room, id);
    },
    fail: () => room.quotes.delete(id),
  });
}
