/**
 * Which messages the user is notified of while the page is hidden, and the text of the notifications. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 */

import { MAX_QUIET } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";
import { words } from "../words.js";

/**
 * The notification level of a room. With "nothing", only messages meant for the user count as unread, too.
 * @typedef {"all" | "mentions" | "nothing"} Level
 */

/** @type {Level[]} */
export const LEVELS = ["all", "mentions", "nothing"];

/** The rooms for which the user has changed the notification level. */
export class Levels {
  /** @type {Map<string, {name: string, level: Level}>} */
  #chosen = new Map(); // by casefolded name
  /** @type {(chosen: Object<string, Level>) => void} */
  onChange = () => {};

  /**
   * Return the level of a room or private conversation.
   * @param {string} name
   */
  of(name) {
    return this.#chosen.get(casefold(name))?.level ?? usual(name);
  }

  /**
   * Choose a level; return false if there are too many choices already.
   * @param {string} name
   * @param {Level} level
   */
  set(name, level) {
    const key = casefold(name);
    this.#chosen.delete(key);
    if (level !== usual(name)) {
      if (this.#chosen.size >= MAX_QUIET) return false;
      this.#chosen.set(key, { name, level });
    }
    this.onChange(this.chosen);
    return true;
  }

  /** The changed levels, by name. */
  get chosen() {
    return Object.fromEntries([...this.#chosen.values()].map(({ name, level }) => [name, level]));
  }

  /** The names of rooms without notifications. */
  get muted() {
    return [...this.#chosen.values()].filter(({ level }) => level === "nothing").map(({ name }) => name);
  }

  /**
   * Keep the level of a room that is renamed.
   * @param {string} had
   * @param {string} name
   */
  rename(had, name) {
    const level = this.#chosen.get(casefold(had))?.level;
    if (!level) return;
    this.#chosen.delete(casefold(had));
    this.set(name, level);
  }

  /**
   * Take the stored levels, or another page's change to them; invalid ones are left out.
   * @param {unknown} chosen
   */
  take(chosen) {
    const pairs = typeof chosen === "object" && chosen ? Object.entries(chosen).slice(0, MAX_QUIET) : [];
    this.#chosen = new Map();
    for (const [name, level] of pairs) if (LEVELS.includes(level)) this.#chosen.set(casefold(name), { name, level });
  }
}

/**
 * @param {string} name
 * @returns {Level}
 */
function usual(name) {
  return isRoom(name) ? "mentions" : "all";
}

/**
 * Return whether a message is meant for the user.
 * @param {Room} room
 * @param {Entry} entry
 */
function isForUs(room, entry) {
  return room.isPrivate || entry.isMention === true;
}

/**
 * Return whether a message counts as unread.
 * @param {Levels} levels
 * @param {Room} room
 * @param {Entry} entry
 */
export function isCounted(levels, room, entry) {
  return levels.of(room.name) !== "nothing" || isForUs(room, entry);
}

/**
 * Return whether a message is worth a notification.
 * @param {Levels} levels
 * @param {Room} room
 * @param {Entry} entry
 */
export function isWorthTelling(levels, room, entry) {
  const level = levels.of(room.name);
  return level === "all" || (level === "mentions" && isForUs(room, entry));
}

/**
 * A notification for one room, with the number of unseen messages.
 * @typedef {{room: Room, count: number, title: string, body: string}} Notice
 */

/** The pending notifications: one per room, however many messages. */
export class Notices {
  /** @type {Map<Room, {count: number, last: Entry, isDue: boolean}>} */
  #rooms = new Map();

  /**
   * Note a message that nobody has seen.
   * @param {Room} room
   * @param {Entry} entry
   */
  note(room, entry) {
    this.#rooms.set(room, { count: (this.#rooms.get(room)?.count ?? 0) + 1, last: entry, isDue: true });
  }

  /**
   * Return the notifications to show now; each replaces its room's previous one.
   * @returns {Notice[]}
   */
  take() {
    const due = [...this.#rooms].filter(([, { isDue }]) => isDue);
    return due.map(([room, noted]) => {
      noted.isDue = false;
      return { room, count: noted.count, ...inWords(room, noted.count, noted.last) };
    });
  }

  /**
   * Return the rooms whose notifications are to be closed: everything was seen, here or elsewhere, or the last message
   * was redacted.
   * @returns {Room[]}
   */
  takeSeen() {
    const over = [...this.#rooms].filter(([room, { last }]) => !room.unread || last.kind === "gone");
    const seen = over.map(([room]) => room);
    for (const room of seen) this.#rooms.delete(room);
    return seen;
  }

  /** Drop everything; return the rooms that had a notification. */
  clear() {
    const rooms = [...this.#rooms.keys()];
    this.#rooms.clear();
    return rooms;
  }
}

/**
 * @param {Room} room
 * @param {number} count
 * @param {Entry} last
 */
function inWords({ name, isPrivate }, count, { nick, text }) {
  if (isPrivate) return { title: count > 1 ? words.notices.manyFrom(count, name) : nick, body: text };
  if (count > 1) return { title: words.notices.manyIn(count, name), body: words.notices.said(nick, text) };
  return { title: words.notices.oneIn(nick, name), body: text };
}
