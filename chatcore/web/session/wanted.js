/**
 * The rooms that the user wants to be in, before they are joined. Pure.
 *
 * @import { Link } from "../protocol/link.js"
 */

import { casefold } from "../protocol/irc.js";
import { LOBBY } from "../protocol/names.js";

/** Their names; initially the lobby's. */
export class Wanted {
  /** @type {Map<string, string>} */
  #names = new Map([[casefold(LOBBY), LOBBY]]); // by casefolded name
  /** @type {Link | null} */
  link = null; // a pending one, to a message or a person
  #opening = ""; // the casefolded name of the room to open once it is joined,
  #key = ""; // and the password that was given for it

  /** The casefolded name of the room to open once it is joined, '' for none. */
  get opening() {
    return this.#opening;
  }

  get size() {
    return this.#names.size;
  }

  /** @param {string} name */
  add(name) {
    this.#names.set(casefold(name), name);
  }

  /**
   * Want to be in a room, and to open it.
   * @param {string} name
   * @param {string} key
   */
  open(name, key = "") {
    this.add(name);
    this.#opening = casefold(name);
    this.#key = key;
  }

  /** @param {string} name */
  drop(name) {
    this.#names.delete(casefold(name));
  }

  /** The rooms, each with the key that was given for it ('' for none). */
  get rooms() {
    return [...this.#names.values()].map((name) => ({ name, key: this.keyOf(name) }));
  }

  /**
   * Return the key that was given for a room, '' for none.
   * @param {string} name
   */
  keyOf(name) {
    return casefold(name) === this.#opening ? this.#key : "";
  }

  /**
   * Stop waiting for a room: it is joined, or may not be. Returns whether it was to be opened.
   * @param {string} name
   */
  settle(name) {
    this.drop(name);
    if (casefold(name) !== this.#opening) return false;
    this.#opening = this.#key = "";
    return true;
  }
}
