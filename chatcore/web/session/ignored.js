/**
 * Ignored people: nothing of theirs is shown, counted or notified of. Pure.
 *
 * People are ignored by name, as in the terminal client (terminal/session/quiet.py). The owner of `onChange` stores
 * the list.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Entry } from "./entries.js"
 * @import { Session } from "./session.js"
 */

import { MAX_QUIET } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";

const FROM_PEOPLE = new Set(["PRIVMSG", "NOTICE", "TAGMSG", "INVITE"]);
const COMINGS = new Set(["JOIN", "PART", "QUIT", "NICK"]);

/** The people who are ignored. */
export class Ignored {
  /** @type {Map<string, string>} */
  #names = new Map(); // by casefolded name
  /** @type {Set<string>} */
  #others = new Set(); // names the ignored took later; forgotten at reload, as others may take them
  /** @type {(names: string[]) => void} */
  onChange = () => {};
  version = 0; // changes with every change of the list

  /** Their names, as typed. */
  get names() {
    return [...this.#names.values()];
  }

  /**
   * Return whether somebody is ignored.
   * @param {string} nick
   */
  has(nick) {
    const key = casefold(nick);
    return this.#names.has(key) || this.#others.has(key);
  }

  /**
   * Ignore somebody; return false if the list is full or it is not a valid nick.
   * @param {string} name
   */
  add(name) {
    if (!name || /\s/.test(name) || isRoom(name)) return false;
    if (this.#names.size >= MAX_QUIET && !this.#names.has(casefold(name))) return false;
    this.#names.set(casefold(name), name);
    this.version++;
    this.onChange(this.names);
    return true;
  }

  /**
   * Stop ignoring somebody; return whether they were ignored.
   * @param {string} name
   */
  remove(name) {
    const key = casefold(name);
    const wasOther = this.#others.delete(key);
    const wasNamed = this.#names.delete(key);
    this.version++;
    if (wasNamed) this.onChange(this.names);
    return wasNamed || wasOther;
  }

  /**
   * Follow a rename: ignore the new name too, until the page is closed.
   * @param {string} had
   * @param {string} name
   */
  rename(had, name) {
    if (!this.has(had) || this.#others.size >= MAX_QUIET) return;
    this.#others.add(casefold(name));
    this.version++;
  }

  /**
   * Take the stored list, or another page's change to it; invalid names are left out.
   * @param {unknown} names
   */
  take(names) {
    const words = Array.isArray(names) ? names.filter((name) => typeof name === "string" && name) : [];
    this.version++;
    this.#names = new Map(words.slice(0, MAX_QUIET).map((name) => [casefold(name), name]));
  }
}

/**
 * Return whether a message is speech from somebody who is ignored.
 * @param {Session} session
 * @param {Message} message
 */
export function isUnheard({ ignored }, { command, nick }) {
  return FROM_PEOPLE.has(command) && ignored.has(nick);
}

/**
 * Return whether a message is hidden in history too: this includes joins and parts of the ignored.
 * @param {Session} session
 * @param {Message} message
 */
export function isUnseen(session, message) {
  return isUnheard(session, message) || (COMINGS.has(message.command) && session.ignored.has(message.nick));
}

/**
 * Ignore somebody from now on, and hide what they have said; return whether that is possible.
 * @param {Session} session
 * @param {string} nick
 */
export function ignore(session, nick) {
  if (session.isMe(nick) || !session.ignored.add(nick)) return false;
  for (const room of session.rooms.values()) {
    room.typing.delete(casefold(nick));
    for (const stretch of [room.present, room.past]) stretch?.drop((entry) => isTheirs(entry, nick));
  }
  return true;
}

/**
 * @param {Entry} entry
 * @param {string} nick
 */
function isTheirs(entry, nick) {
  return entry.nick !== "" && casefold(entry.nick) === casefold(nick) && !entry.isMine;
}
