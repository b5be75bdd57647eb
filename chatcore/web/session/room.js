/**
 * One room or private conversation: who is there, what was said, what waits to be sent. Pure.
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
    this.key = ""; // the password of a +k room, for coming back
    this.topic = "";
    /** @type {"" | "asked" | "on" | "off"} */
    this.topicLock = ""; // whether operators alone may change it; '' if nobody has asked
    this.isModerated = false; // only those with a rank may speak, as far as is known
    this.members = new Members(); // by casefolded nick
    this.isWhoKnown = false; // it was asked who of them is away
    this.isGone = false; // with whom one talks here privately, as the tracker has told
    /** @type {Members | null} */
    this.arriving = null; // members of a NAMES answer that is not complete
    this.hasMoreMembers = false; // than are kept
    this.present = new Stretch(); // ends with what was said last
    /** @type {Stretch | null} */
    this.past = null; // what is looked at instead, further back
    /** @type {{id: string} | null} */
    this.target = null; // the message that somebody went to; another object each time
    /** @type {Entry[]} */
    this.pending = []; // own messages that the tracker has not echoed yet
    this.isFetched = true; // what was said before one came
    this.away = ""; // what was last told of a person's absence
    this.unread = 0;
    this.isMentioned = false;
    /** @type {Entry | null} */
    this.line = null; // the first that was unread, until one leaves the room or writes
    this.seeksLine = false; // it is to be shown from there on
    this.readTo = 0; // when what was read last was said (Unix, ms, by the tracker's clock); 0 if that is not known
    this.toldTo = 0; // the same, as the tracker knows it
    this.toldAt = 0; // when it is to be told of more, 0 for never
    this.isAtEnd = true; // what was said last is in view, once somebody looks
    /** @type {{id: string, offset: number} | null} */
    this.place = null; // the message that is read, and its lower edge in the log, in pixels; null at the end
    /** @type {Map<string, {nick: string, until: number}>} */
    this.typing = new Map(); // by casefolded nick
    this.gap = new Gap();
    /** @type {Answering | null} */
    this.answering = null; // what the draft answers
    /** @type {Map<string, Quote>} */
    this.quotes = new Map(); // of messages that are not here, by msgid
    /** @type {Map<string, true>} */
    this.gone = new Map(); // the last msgids that were taken back
    /** @type {Arrival | null} */
    this.arrival = null; // what was said before one came, and is not shown
    this.draft = "";
    this.recall = new Recall();
    /** @type {Obstacle | null} */
    this.obstacle = null; // why nothing can be said here
    this.visited = 0; // the number of the move that led here last
    this.changes = 0; // to what its entries look like, counted
  }

  /** What is looked at. */
  get shown() {
    return this.past ?? this.present;
  }

  /** How many entries each of its stretches may have. */
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
   * Have an entry shown anew: it has changed.
   * @param {Entry} entry
   */
  touch(entry) {
    entry.version = (entry.version ?? 0) + 1;
    this.changes++;
  }

  /**
   * Return the entries with this msgid that are kept: one, none, or one each in the present and the past.
   * @param {string} id
   */
  withId(id) {
    const found = [this.present, this.past].map((stretch) => stretch?.ids.get(id));
    return found.filter((entry) => entry !== undefined);
  }

  /** Look at what is said now. */
  leavePast() {
    this.past = null;
    this.target = null;
  }
}
