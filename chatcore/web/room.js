/**
 * One room or private conversation: who is there, what was said, what waits to be sent. Pure.
 *
 * @import { Entry } from "./entries.js"
 */

import { CUT, MAX_ENTRIES, MAX_FETCHED } from "./bounds.js";
import { isRoom } from "./names.js";

/**
 * A member of a room, with the character of their rank ('' for none).
 * @typedef {{nick: string, prefix: string}} Member
 */

/** One room or private conversation. */
export class Room {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.isPrivate = !isRoom(name);
    this.isJoined = false;
    this.key = ""; // the password of a +k room, for coming back
    this.topic = "";
    /** @type {Map<string, Member>} */
    this.members = new Map(); // by casefolded nick
    /** @type {Map<string, Member> | null} */
    this.arriving = null; // members of a NAMES answer that is not complete
    this.hasMoreMembers = false; // than are kept
    /** @type {Entry[]} */
    this.entries = []; // in the tracker's order
    /** @type {Entry[]} */
    this.pending = []; // own messages that the tracker has not echoed yet
    /** @type {Set<string>} */
    this.ids = new Set(); // msgids of entries
    this.unread = 0;
    this.isMentioned = false;
    /** @type {Map<string, {nick: string, until: number}>} */
    this.typing = new Map(); // by casefolded nick
    this.hasOlder = true;
    this.isLoading = false;
    this.isCatchingUp = false; // with what was missed
    this.anchor = ""; // the last message known when the connection was lost
    this.isAnchored = false; // the tracker still knows that message
    this.wasAlone = false;
    this.draft = "";
  }

  /** Whether no more old messages are fetched: they would be too many. */
  get isFull() {
    return this.entries.length > MAX_ENTRIES - MAX_FETCHED;
  }

  /**
   * Return the msgid of the first or last thing said here, or ''.
   * @param {boolean} isLast
   */
  edgeId(isLast) {
    const isSaid = (/** @type {Entry} */ entry) => entry.id && entry.kind !== "event";
    return (isLast ? this.entries.findLast(isSaid) : this.entries.find(isSaid))?.id ?? "";
  }

  /** Drop the oldest entries. */
  forgetOldest() {
    for (const old of this.entries.splice(0, CUT)) this.ids.delete(old.id);
    this.hasOlder = true;
  }
}
