/**
 * `/register`: making an account of one's own name (https://ircv3.net/specs/extensions/account-registration). Pure.
 *
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 * @import { Command } from "../commands/slash.js"
 */

import { REGISTRATION } from "../protocol/capabilities.js";
/** @type {Command["run"]} */
export function register(session, text) {
  if (!session.tracker.can(REGISTRATION))
    return "This tracker makes no accounts for those who ask: whoever runs it does";
  if (text) return "The password is asked for. Nothing was sent";
  if (!session.isOnline) return "You are not connected";
  session.orders.isRegistering = true;
}

/**
 * Take the password that was asked for; '' if it was not given. Returns whether an account is asked for.
 * @param {Session} session
 * @param {string} password
 */
export function makeAccount(session, password) {
  session.orders.isRegistering = false;
  if (password && session.isOnline) session.order({ command: "REGISTER", params: ["*", "*", password] });
  else if (password) session.tell("You are not connected", "error");
  return password !== "" && session.isOnline;
}

/** @type {Handler} */
export function registered(session, { params }) {
  const [kind = "", account = ""] = params;
  if (kind.toUpperCase() === "SUCCESS") session.account = account;
  session.tell(params.at(-1) ?? "");
}
