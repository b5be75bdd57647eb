/**
 * What a lost connection leaves unfinished in a session. Pure.
 *
 * @import { Session } from "./session.js"
 */

import { cardLost } from "./card.js";
import { exportLost } from "./export.js";
import { findingLost } from "./finding.js";
import { noteLost } from "./history.js";
import { searchLost } from "./search.js";

/**
 * Take note that the connection is lost: pending questions stay unanswered.
 * @param {Session} session
 */
export function loseConnection(session) {
  noteLost(session);
  searchLost(session);
  exportLost(session);
  findingLost(session);
  cardLost(session);
}
