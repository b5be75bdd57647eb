/**
 * The rows of the log for a window of entries: messages, headings of days, the line above what is new.
 *
 * @import { Item } from "./dom.js"
 * @import { Entry } from "../session/entries.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { EntryActions } from "./entries.js"
 */

import { words } from "../words.js";
import { dayText } from "./days.js";
import { make } from "./dom.js";
import { buildEntry, isTold } from "./entries.js";

/** The key of the line above what is new. */
export const LINE = "new";

const TOGETHER_MS = 5 * 60 * 1000; // one person's messages within this time are grouped

/**
 * One row: `entry` is the first that it shows, null for a heading.
 * @typedef {Item & {entry: Entry | null}} Row
 */

/** @type {WeakMap<Element, Entry>} */
const entries = new WeakMap(); // by their elements

/**
 * Return the entry of the row that contains an element; undefined for others.
 * @param {Element} element
 * @returns {Entry | undefined}
 */
export function entryOf(element) {
  const row = element.closest("#log > *");
  return row ? entries.get(row) : undefined;
}

/**
 * Return the rows for these entries of a room.
 * @param {Room} room
 * @param {Session} session
 * @param {Entry[]} shown
 * @param {Entry | undefined} before the entry before them
 * @param {EntryActions} actions
 */
export function rowsOf(room, session, shown, before, actions) {
  /** @type {Row[]} */
  const rows = [];
  let previous = before ?? null;
  let day = before && isDated(before) ? dayOf(before.time ?? 0) : null;
  for (const entry of shown) {
    if (isDated(entry) && !(day && isOf(day, entry.time ?? 0))) {
      day = dayOf(entry.time ?? 0);
      rows.push(dayRow(day.start, entry));
      previous = null;
    }
    if (isLine(room, entry)) {
      rows.push(lineRow());
      previous = null;
    }
    rows.push(entryRow(entry, previous, room, session, actions));
    previous = entry;
  }
  return rows;
}

/**
 * Return all entries that a room can show, including unsent ones.
 * @param {Room} room
 */
export function entriesOf({ shown, past, pending }) {
  return past || !pending.length ? shown.entries : [...shown.entries, ...pending];
}

/**
 * Return a string that changes whenever a room's messages must be redrawn.
 * @param {Room} room
 * @param {Session} session
 */
export function lookOf({ shown, present, pending, target, changes }, { nick, account, isOnline, tracker, showsPast }) {
  const own = pending.map(({ key, state, reason }) => `${key} ${state} ${reason}`);
  const { isLoading, hasOlder, problem } = shown;
  return [
    ...[changes, shown.changes, present.changes, isLoading, hasOlder, problem, target?.id],
    ...[nick, account, isOnline, showsPast, tracker.motd.length, own],
  ].join();
}

/**
 * @param {Entry} entry
 * @param {Entry | null} before
 * @param {Room} room
 * @param {Session} session
 * @param {EntryActions} actions
 * @returns {Row}
 */
function entryRow(entry, before, room, session, actions) {
  const isFollowing = follows(entry, before);
  const isTarget = entry.id !== "" && entry.id === room.target?.id;
  const { state = "", reason = "", until = 0, version = 0, key } = entry;
  const look = [isFollowing, isTarget, state, reason, until, state && session.isOnline, version].join();
  const build = () => {
    const element = buildEntry(entry, { isFollowing, isTarget }, actions);
    entries.set(element, entry);
    return element;
  };
  return { key: String(key), look, build, entry };
}

/**
 * Return whether what is new in a room begins with this entry. The past has another object for it.
 * @param {Room} room
 * @param {Entry} entry
 */
function isLine({ line }, entry) {
  return line !== null && (entry === line || (entry.id !== "" && entry.id === line.id));
}

/** @returns {Row} */
function lineRow() {
  const build = () => make("p", { class: "new", role: "separator" }, make("span", {}, words.log.new));
  return { key: LINE, look: "", build, entry: null };
}

/**
 * @param {number} start of the day (Unix, ms)
 * @param {Entry} entry the first of that day; a clock that was set back may repeat a day
 * @returns {Row}
 */
function dayRow(start, { key }) {
  const text = dayText(start, Date.now());
  const build = () => make("h2", { class: "day" }, make("span", {}, text));
  return { key: `day ${key}`, look: text, build, entry: null };
}

/**
 * Return whether an entry is grouped with the one before.
 * @param {Entry} entry
 * @param {Entry | null} before
 */
function follows(entry, before) {
  if (!before || entry.kind !== "message" || before.kind !== "message" || entry.nick !== before.nick) return false;
  return !entry.time || entry.time - (before.time ?? 0) < TOGETHER_MS;
}

/** @param {Entry} entry */
function isDated({ time, kind }) {
  return isTold(time) && kind !== "info" && kind !== "error";
}

/**
 * Return when a day begins and ends (Unix, ms).
 * @param {number} time at any moment of it
 */
function dayOf(time) {
  const start = new Date(time).setHours(0, 0, 0, 0);
  return { start, end: new Date(start).setDate(new Date(start).getDate() + 1) };
}

/**
 * @param {{start: number, end: number}} day
 * @param {number} time
 */
function isOf({ start, end }, time) {
  return time >= start && time < end;
}
