/**
 * What the tracker says when somebody becomes an IRC operator. Pure.
 *
 * @import { Handler } from "./received.js"
 */

import { words } from "../words.js";

/** @type {Handler} */
export function nowOperator(session) {
  session.orders.isOperator = true;
  session.tell(words.moderation.isOperator);
}
