/** One room or private conversation: who is there, what was said, what waits to be sent. Pure. */

import { CUT, MAX_ENTRIES, MAX_FETCHED } from "./bounds.js";
import { isRoom } from "./names.js";

/** One room or private conversation. */
export class Room {
  constructor(name) {
    this.name = name;
    this.isPrivate = !isRoom(name);
    this.isJoined = false;
    this.key = ""; // the password of a +k room, to come back with
    this.topic = "";
    this.members = new Map(); // casefolded nick -> {nick, prefix}
    this.arriving = null; // members of a NAMES answer that is not complete
    this.hasMoreMembers = false; // than are kept
    this.entries = [];
    this.pending = [];
    this.ids = new Set(); // msgids of entries
    this.unread = 0;
    this.isMentioned = false;
    this.typing = new Map(); // casefolded nick -> {nick, until}
    this.hasOlder = true;
    this.isLoading = false;
    this.anchor = ""; // the last message known when the connection was lost
    this.wasAlone = false;
    this.draft = "";
  }

  /** Tell whether no more old messages are fetched: they would be too many. */
  get isFull() {
    return this.entries.length > MAX_ENTRIES - MAX_FETCHED;
  }

  /** Return the msgid of the first or last thing said here, or ''. */
  edgeId(isLast) {
    const isSaid = (entry) => entry.id && entry.kind !== "event";
    return (isLast ? this.entries.findLast(isSaid) : this.entries.find(isSaid))?.id ?? "";
  }

  /** Let go of the oldest entries. */
  forgetOldest() {
    for (const old of this.entries.splice(0, CUT)) this.ids.delete(old.id);
    this.hasOlder = true;
  }
}
