/**
 * One room or private conversation: its members, messages and unsent messages. Pure.
 *
 * @import { Arrival } from "./arrival.js"
 * @import { Entry } from "./entries.js"
 * @import { Obstacle } from "./obstacle.js"
 * @import { Answering, Quote } from "./quotes.js"
 */

import { MAX_ENTRIES } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";
import { Gap } from "./gap.js";
import { Recall } from "./recall.js";
import { Members } from "./roster.js";
import { Stretch } from "./stretch.js";

/** One room or private conversation. */
export class Room {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.isPrivate = !isRoom(name);
    this.isJoined = false;
    this.key = ""; // the password of a +k room, for rejoining
    this.topic = "";
    /** @type {"" | "asked" | "on" | "off"} */
    this.topicLock = ""; // whether only operators may change it; '' if not yet asked
    this.isModerated = false; // only members with a rank may speak, as far as is known
    this.members = new Members(); // by casefolded nick
    this.isWhoKnown = false; // we have asked who of them is away
    this.isGone = false; // the other person is not in the chat, according to the tracker
    /** @type {Members | null} */
    this.arriving = null; // members of a NAMES answer that is not complete
    this.hasMoreMembers = false; // than are kept
    this.present = new Stretch(); // ends with the last message
    /** @type {Stretch | null} */
    this.past = null; // the stretch on screen instead, further back
    /** @type {{id: string} | null} */
    this.target = null; // the message that the user jumped to; a new object each time
    /** @type {Entry[]} */
    this.pending = []; // our own messages that the tracker has not echoed yet
    this.isFetched = true; // what was said before we came
    this.away = ""; // the person's away message that was last shown
    this.unread = 0;
    this.isMentioned = false;
    /** @type {Entry | null} */
    this.line = null; // the first unread message, until the user leaves the room or writes
    this.seeksLine = false; // to be shown from the line on
    this.readTo = 0; // when the last read message was said (Unix, ms, by the tracker's clock); 0 if unknown
    this.toldTo = 0; // the same, as the tracker knows it
    this.toldAt = 0; // when to tell the tracker, 0 for never
    this.isAtEnd = true; // the last message is in view, once somebody looks
    /** @type {{id: string, offset: number} | null} */
    this.place = null; // the message being read, and its lower edge in the log, in pixels; null at the end
    /** @type {Map<string, {nick: string, until: number}>} */
    this.typing = new Map(); // by casefolded nick
    this.gap = new Gap();
    /** @type {Answering | null} */
    this.answering = null; // the message that the draft answers
    /** @type {Map<string, Quote>} */
    this.quotes = new Map(); // of messages that are not here, by msgid
    /** @type {Map<string, true>} */
    this.gone = new Map(); // the last redacted msgids
    /** @type {Arrival | null} */
    this.arrival = null; // what was said before we came, while hidden
    this.draft = "";
    this.recall = new Recall();
    /** @type {Obstacle | null} */
    this.obstacle = null; // why nothing can be said here
    this.visited = 0; // the number of the latest move that led here
    this.changes = 0; // counts changes in the look of its entries
  }

  /** The stretch on screen. */
  get shown() {
    return this.past ?? this.present;
  }

  /** How many entries each stretch may have. */
  get mostEntries() {
    return this.past ? MAX_ENTRIES / 2 : MAX_ENTRIES;
  }

  /**
   * Whether somebody is in it.
   * @param {string} nick
   */
  isHere(nick) {
    return this.members.has(casefold(nick)) || (this.isPrivate && casefold(nick) === casefold(this.name));
  }

  /**
   * Redraw an entry that has changed.
   * @param {Entry} entry
   */
  touch(entry) {
    entry.version = (entry.version ?? 0) + 1;
    this.changes++;
  }

  /**
   * Return the entries with this msgid: none, one, or one each in the present and the past.
   * @param {string} id
   */
  withId(id) {
    const found = [this.present, this.past].map((stretch) => stretch?.ids.get(id));
    return found.filter((entry) => entry !== undefined);
  }

  /** Return to the present. */
  leavePast() {
    this.past = null;
    this.target = null;
  }
}
