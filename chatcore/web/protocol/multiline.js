/**
 * Messages of several lines (https://ircv3.net/specs/extensions/multiline): each is sent as a batch. Pure.
 *
 * @import { Message, Outgoing } from "./irc.js"
 * @import { Batch } from "../session/questions.js"
 */

import { MAX_LINES, MAX_TEXT } from "./bounds.js";
import { byteLength, splitText, wrapText } from "./irc.js";

export const MULTILINE = "draft/multiline"; // the capability, and the batch's type
const CONCAT = "draft/multiline-concat";

/**
 * The limits of one message; `lines` is 0 if multiline messages are not supported.
 * @typedef {{lines: number, bytes: number}} Limits
 */

/**
 * Return the tracker's limits, from the value of the capability.
 * @param {string} value
 * @returns {Limits}
 */
export function limitsOf(value) {
  const limits = new Map(value.split(",").map((token) => /** @type {[string, string]} */ (token.split("=", 2))));
  const bytes = Number(limits.get("max-bytes")) || 0;
  return { lines: bytes && Math.min(Number(limits.get("max-lines")) || MAX_LINES, MAX_LINES), bytes };
}

/**
 * Divide lines among as few messages as possible; blank lines are kept, except at the ends of a message.
 * @param {string[]} lines
 * @param {Limits} limits
 * @param {number} partBytes the limit of one protocol line
 */
export function divide(lines, limits, partBytes) {
  const texts = [""];
  let [parts, bytes] = [0, 0];
  const most = Math.min(limits.bytes, (partBytes * limits.lines) >> 1); // two adjacent parts exceed partBytes
  for (const line of lines.flatMap((each) => wrapText(each, most))) {
    const count = splitText(line, partBytes).length;
    const size = byteLength(line) + 1;
    const isFull = parts + count > limits.lines || bytes + size > limits.bytes;
    if (isFull) texts.push("");
    texts[texts.length - 1] += `\n${line}`;
    [parts, bytes] = isFull ? [count, size] : [parts + count, bytes + size];
  }
  return texts.map((text) => text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd()).filter((text) => text);
}

/**
 * Return the messages that send a text of several lines.
 * @param {string} text
 * @param {string} target
 * @param {number} partBytes
 * @param {{label: string, [name: string]: string}} tags of the whole batch; its label is also its reference
 * @returns {Outgoing[]}
 */
export function asBatch(text, target, partBytes, tags) {
  const { label } = tags;
  const parts = text.split("\n").flatMap((line) =>
    splitText(line, partBytes).map((piece, index) => {
      const ofPart = { batch: label, ...(index ? { [CONCAT]: "" } : {}) };
      return { tags: ofPart, command: "PRIVMSG", params: [target, piece] };
    }),
  );
  const begin = { tags, command: "BATCH", params: [`+${label}`, MULTILINE, target] };
  return [begin, ...parts, { command: "BATCH", params: [`-${label}`] }];
}

/**
 * Store a line of a message, if there is room for it.
 * @param {Batch} batch
 * @param {Message} message
 */
export function addLine({ messages }, message) {
  const isSaid = message.command === "PRIVMSG" || message.command === "NOTICE";
  if (isSaid && messages.length < MAX_LINES) messages.push(message);
}

/**
 * Return the one message that a batch stands for; null if it is empty.
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
