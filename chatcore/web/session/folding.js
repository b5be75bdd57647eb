/**
 * Folding a run of joins, parts and renames in a room into one line that tells the result. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Entry } from "./entries.js"
 * @import { Session } from "./session.js"
 */

import { casefold, withoutFormatting } from "../protocol/irc.js";
import { words } from "../words.js";
import { isAfter, timeOf } from "./entries.js";

/**
 * Somebody who joined, left, or was renamed (to `name`), and the text that tells it alone.
 * @typedef {{how: "joined" | "left" | "renamed", nick: string, name: string, text: string, id: string, time: number}} Coming
 */

const MOST = 100; // people named in one line
const MOST_NAMED = 5;

/** @type {Object<string, Coming["how"]>} */
const HOW = { JOIN: "joined", PART: "left", QUIT: "left", NICK: "renamed" };

const list = (/** @type {string[]} */ names) => words.events.listed(names, MOST_NAMED);

/** What is told of each kind of change, in this order. @type {Object<string, (names: string[]) => string>} */
const TOLD = {
  joined: (names) => words.events.joined(list(names)),
  left: (names) => words.events.left(list(names)),
  passed: (names) => words.events.cameAndWent(list(names)),
  returned: (names) => words.events.returned(list(names)),
  renamed: (names) => names.join(", "),
};

/**
 * Return what happened in a room as an entry.
 * @param {Session} session
 * @param {Message} message
 * @param {string} told
 * @returns {Entry}
 */
export function asEvent(session, message, told) {
  const { command, nick, params, tags } = message;
  const [text, id, time] = [withoutFormatting(told), tags.msgid ?? "", timeOf(message)];
  const how = HOW[command];
  const name = how === "renamed" ? (params[0] ?? "") : nick;
  const isOther = how && !session.isMe(nick) && !session.isMe(name);
  /** @type {Entry} */
  const entry = { kind: "event", nick: "", text, id, time };
  return isOther ? { ...entry, comings: [{ how, nick, name, text, id, time }] } : entry;
}

/**
 * Fold another entry of comings and goings into this one; return whether that was possible.
 * @param {Entry | undefined} entry
 * @param {Entry} other a neighbour of the same day
 */
export function fold(entry, other) {
  const { comings = [] } = entry ?? {};
  const more = other.comings ?? [];
  if (!entry || !comings.length || !more.length || comings.length + more.length > MOST) return false;
  if (!isOneDay(entry.time ?? 0, other.time ?? 0)) return false;
  const all = [...comings, ...more].sort((one, next) => Number(isAfter(one, next)) - Number(isAfter(next, one)));
  Object.assign(entry, { comings: all, text: foldedText(all), version: (entry.version ?? 0) + 1 });
  return true;
}

/**
 * Return the overall result in words.
 * @param {Coming[]} comings
 */
function foldedText(comings) {
  if (comings.length === 1) return comings[0]?.text ?? "";
  /** @type {Map<string, {nick: string, was: string, wasHere: boolean, isHere: boolean, hasLeft: boolean}>} */
  const people = new Map(); // by their current name
  for (const { how, nick, name } of comings) {
    const wasHere = how !== "joined";
    const known = people.get(casefold(nick)) ?? { was: nick, wasHere, isHere: wasHere, hasLeft: false };
    people.delete(casefold(nick));
    const isHere = how === "renamed" ? known.isHere : how === "joined";
    people.set(casefold(name), { ...known, nick: name, isHere, hasLeft: known.hasLeft || how === "left" });
  }
  const told = new Map(Object.keys(TOLD).map((what) => [what, /** @type {string[]} */ ([])]));
  for (const { nick, was, wasHere, isHere, hasLeft } of people.values()) {
    if (wasHere !== isHere) told.get(isHere ? "joined" : "left")?.push(nick);
    else if (!isHere || hasLeft) told.get(isHere ? "returned" : "passed")?.push(nick);
    else if (nick !== was) told.get("renamed")?.push(words.events.renamed(false, was, nick));
  }
  const parts = [...told].filter(([, names]) => names.length).map(([what, names]) => TOLD[what]?.(names));
  return parts.join("; ") || words.events.nothingChanged;
}

/**
 * @param {number} one Unix, ms
 * @param {number} other
 */
function isOneDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
