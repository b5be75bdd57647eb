/**
 * Of what the person is told while the page is out of sight, and in which words. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 */

import { MAX_QUIET } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";
import { words } from "../words.js";

/**
 * What of a room one is notified of. With "nothing" only what is meant for the person is counted, too.
 * @typedef {"all" | "mentions" | "nothing"} Level
 */

/** @type {Level[]} */
export const LEVELS = ["all", "mentions", "nothing"];

/** For which rooms the person has chosen something else than usual. */
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

  /** What has been chosen, by name. */
  get chosen() {
    return Object.fromEntries([...this.#chosen.values()].map(({ name, level }) => [name, level]));
  }

  /** The names of rooms of which one is notified of nothing. */
  get muted() {
    return [...this.#chosen.values()].filter(({ level }) => level === "nothing").map(({ name }) => name);
  }

  /**
   * A room has another name.
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
   * Take what was kept, or what another page has changed; what makes no sense is left out.
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
 * Return whether a message is meant for the person.
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
 * Return whether the person wants to be notified of a message.
 * @param {Levels} levels
 * @param {Room} room
 * @param {Entry} entry
 */
export function isWorthTelling(levels, room, entry) {
  const level = levels.of(room.name);
  return level === "all" || (level === "mentions" && isForUs(room, entry));
}

/**
 * One notification: of a room, with how many messages that nobody has seen.
 * @typedef {{room: Room, count: number, title: string, body: string}} Notice
 */

/** What is to be told of each room: many messages are one notification. */
export class Notices {
  /** @type {Map<Room, {count: number, last: Entry, isDue: boolean}>} */
  #rooms = new Map();

  /**
   * Note a message that nobody sees.
   * @param {Room} room
   * @param {Entry} entry
   */
  note(room, entry) {
    this.#rooms.set(room, { count: (this.#rooms.get(room)?.count ?? 0) + 1, last: entry, isDue: true });
  }

  /**
   * Return the notifications that are to be shown now, each in the place of its room's last one.
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
   * Return the rooms in which everything has been seen, here or elsewhere, or whose last message was taken back: their
   * notifications are over.
   * @returns {Room[]}
   */
  takeSeen() {
    const over = [...this.#rooms].filter(([room, { last }]) => !room.unread || last.kind === "gone");
    const seen = over.map(([room]) => room);
    for (const room of seen) this.#rooms.delete(room);
    return seen;
  }

  /** Nothing is to be told any more; return of which rooms something was. */
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
