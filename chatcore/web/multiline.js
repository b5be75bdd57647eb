/**
 * Messages of several lines (https://ircv3.net/specs/extensions/multiline): each comes as a batch. Pure.
 *
 * @import { Message } from "./irc.js"
 * @import { Batch } from "./session.js"
 */

import { MAX_LINES, MAX_TEXT } from "./bounds.js";

export const MULTILINE = "draft/multiline"; // the capability, and the batch's type
const CONCAT = "draft/multiline-concat";

/**
 * Keep a line of a message, if there is place for it.
 * @param {Batch} batch
 * @param {Message} message
 */
export function addLine({ messages }, message) {
  const isSaid = message.command === "PRIVMSG" || message.command === "NOTICE";
  if (isSaid && messages.length < MAX_LINES) messages.push(message);
}

/**
 * Return the one message that a batch is; null if there is nothing in it.
 * @param {Batch} batch
 * @returns {Message | null}
 */
export function wholeOf({ opening, params: [target = ""], messages }) {
  const [first] = messages;
  if (!first) return null;
  const pieces = messages.map(({ tags, params }) => (CONCAT in tags ? "" : "\n") + (params[1] ?? ""));
  const text = pieces.join("").replace(/^\n/, "");
  const isCut = text.length > MAX_TEXT || messages.length === MAX_LINES;
  return { ...opening, command: first.command, params: [target, isCut ? `${text.slice(0, MAX_TEXT)}\n[...]` : text] };
}
