/**
 * What a person types: a message, or a command, which begins with a slash. Pure.
 *
 * @import { Session } from "../session/session.js"
 */

import { say } from "../session/sending.js";
import { words } from "../words.js";
import { findCommand, guesses, synopsis, WITH_PASSWORD } from "./table.js";

const COMMAND = /^\/(?!\/)([^\s/]*)(\s.*)?$/s; // a path such as /etc/hosts is not a command
const SECRET = new RegExp(`^\\s*/(${WITH_PASSWORD.join("|")})\\s`, "i");
const LEAVING = ["exit", "\x60\x60\x60exit"]; // the older spelling, with three backticks

/**
 * Return whether a text is a command.
 * @param {string} text
 */
export function isCommand(text) {
  return commandIn(text) !== null;
}

/**
 * Return whether a text may contain a password: it is never sent as a message, even after a blank, and never kept.
 * @param {string} text
 */
export function isSecret(text) {
  return SECRET.test(text);
}

/**
 * Carry out what was typed: a command, or else a message to the current room. `//text` says `/text`.
 * @param {Session} session
 * @param {string} text
 * @param {number} now in ms, by the clock of `receive`
 */
export function typed(session, text, now = 0) {
  const found = commandIn(text);
  if (LEAVING.includes(text)) session.orders.isLeaving = true;
  else if (found) carryOut(session, found, now);
  else if (session.current) say(session, session.current, isOneLine(text) ? text.replace(/^[\r\n]*\/\//, "/") : text);
}

/**
 * @param {Session} session
 * @param {{name: string, text: string}} found
 * @param {number} now
 */
function carryOut(session, { name, text }, now) {
  const tell = (/** @type {string | void} */ problem) => problem && session.tell(problem, "error");
  const command = findCommand(name);
  if (!command) return tell(words.commands.sayIt(words.commands.unknown(name, guesses(name))));
  const count = text.split(/\s+/).filter((word) => word).length;
  tell(count < command.least ? words.commands.usage(synopsis(command)) : command.run(session, text, now));
}

/**
 * Return the command in a text, null if there is none. Several lines are never one: nobody means to run what they paste.
 * @param {string} text
 */
function commandIn(text) {
  const line = text.replace(/^[\r\n]+/, "");
  const found = isOneLine(text) && COMMAND.exec(isSecret(line) ? line.trimStart() : line);
  return found ? { name: found[1] ?? "", text: (found[2] ?? "").trim() } : null;
}

/** @param {string} text */
function isOneLine(text) {
  return !/[\r\n]/.test(text.trim());
}
