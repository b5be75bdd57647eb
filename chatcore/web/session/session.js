/**
 * What the user sees of the chat: rooms, members, messages, who is typing. Pure: no DOM, no network, no clock.
 *
 * It is told what was received (received.js applies it) and what the user does; it sends through a callback. A room is
 * an IRC channel or a private conversation.
 *
 * @import { Card } from "./card.js"
 * @import { Entry } from "./entries.js"
 * @import { Export } from "./export.js"
 * @import { Refusal } from "./refusal.js"
 * @import { Outgoing } from "../protocol/irc.js"
 * @import { Answer } from "./questions.js"
 */

import { CUT, MAX_ALL_ENTRIES, MAX_MEMBERS, MAX_ROOMS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isName } from "../protocol/names.js";
import { words } from "../words.js";
import { enter } from "./entering.js";
import { isAfter } from "./entries.js";
import { Finding, openFinder } from "./finding.js";
import { requestLatest } from "./history.js";
import { Ignored } from "./ignored.js";
import { Levels } from "./noticing.js";
import { Orders } from "./orders.js";
import { askWho, forgetMembers, Me, People } from "./presence.js";
import { Questions } from "./questions.js";
import { Room } from "./room.js";
import { Search } from "./search.js";
import { Tracker } from "./tracker.js";
import { dropLine, lookAt } from "./unread.js";
import { Wanted } from "./wanted.js";
import { unwatch, watch } from "./watching.js";

/** The state of one user's visit; it outlives lost connections. */
export class Session {
  /**
   * @param {(message: Outgoing) => void} send gets a message for the tracker; called only while online
   * @param {(room: Room, entry: Entry) => void} notify gets each message from others once
   * @param {(name: string, content: Blob) => void} save gets a file for the user
   */
  constructor(send, notify = () => {}, save = () => {}) {
    this.send = send;
    this.notify = notify;
    this.save = save;
    this.nick = "";
    this.source = ""; // nick!user@host, once known
    this.account = ""; // its name, '' without one
    this.me = new Me();
    this.people = new People();
    this.ignored = new Ignored();
    this.levels = new Levels();
    /** @type {Card | null} */
    this.card = null; // the open one
    this.tracker = new Tracker();
    this.questions = new Questions(send);
    /** @type {Room | null} */
    this.asked = null; // the room in which the command was given that the current message answers
    this.isOnline = false;
    this.isOver = false; // no more reconnecting: nothing that is written would be sent
    this.isVisible = true;
    /** @type {Map<string, Room>} */
    this.rooms = new Map(); // by casefolded name
    /** @type {Room | null} */
    this.current = null;
    this.wanted = new Wanted();
    /** @type {Map<string, number>} */
    this.markers = new Map(); // how far we have read (Unix, ms), by casefolded name
    this.awaySince = 0; // when the connection was lost, by the tracker's clock; 0 before it was
    /** @type {{room: Room, state: string, at: number} | null} */
    this.typed = null; // our last typing notification, and when it was sent
    this.search = new Search();
    this.finding = new Finding(); // shown while there is no current room
    /** @type {Refusal | null} */
    this.refusal = null; // for a room that the user wanted to enter
    this.moves = 0; // counts the user's moves between rooms
    this.isResumed = false; // the tracker resumed our visit: it puts us into our rooms itself
    this.awaitedPong = ""; // when this comes, resuming is complete
    /** @type {Export | null} */
    this.export = null; // the running one
    this.orders = new Orders();
    this.showsPast = false; // whether to show earlier messages on first entering a room
    this.toldNowhere = ""; // the last notice that had no room to be shown in
    this.added = 0; // entries added since the last count
  }

  /**
   * Return the room of this name, or undefined.
   * @param {string} name
   */
  find(name) {
    return this.rooms.get(casefold(name));
  }

  /**
   * Return the room of this name, creating it if needed; null if there are too many, or the name is invalid.
   * @param {string} name
   */
  ensure(name) {
    let room = this.find(name);
    if (!room) {
      if (!isName(name)) return null;
      if (this.rooms.size >= MAX_ROOMS && !this.#closeOne()) return null;
      room = new Room(name);
      room.readTo = room.toldTo = this.markers.get(casefold(name)) ?? 0;
      this.rooms.set(casefold(name), room);
      if (room.isPrivate) watch(this, name);
    }
    const isFirst = !this.finding.isOpen && (!room.isPrivate || !this.wanted.size); // what was queued is older
    if (isFirst) this.current ??= room;
    return room;
  }

  /** Whether one more room member can be kept. */
  get hasPlace() {
    let members = 0;
    for (const room of this.rooms.values()) members += room.members.size + (room.arriving?.size ?? 0);
    return members < MAX_MEMBERS;
  }

  /** Where to show what comes of the current message. */
  get #place() {
    return this.asked && this.find(this.asked.name) === this.asked ? this.asked : this.current;
  }

  /** Close the private conversation that has been silent longest; return whether there was one. */
  #closeOne() {
    const idle = [...this.rooms.values()].filter(
      (room) => room.isPrivate && room !== this.current && !room.pending.length,
    );
    if (!idle.length) return false;
    const saidAt = (/** @type {Room} */ room) => room.present.entries.at(-1)?.time ?? 0;
    const oldest = idle.reduce((one, other) => (saidAt(other) < saidAt(one) ? other : one));
    this.forget(oldest);
    this.tell(words.rooms.closed(oldest.name));
    return true;
  }

  /** @param {string} nick */
  isMe(nick) {
    return casefold(nick) === casefold(this.nick);
  }

  /**
   * Show a room.
   * @param {Room} room
   */
  open(room) {
    if (room !== this.current) {
      this.current?.leavePast();
      if (this.current && !this.current.unread) dropLine(this.current); // or else it is still unread
      room.visited = ++this.moves;
    }
    this.current = room;
    this.finding.isOpen = false;
    if (!room.isFetched && this.isOnline) requestLatest(this, room);
    askWho(this, room);
    lookAt(this, room);
  }

  /**
   * Enter a room and show it.
   * @param {string} name
   * @param {string} key
   * @param {Answer} answer what else becomes of it
   */
  join(name, key = "", answer = {}) {
    const known = this.find(name);
    if (known?.isJoined) return this.open(known);
    this.wanted.open(name, key);
    if (known) known.key = key;
    if (this.isOnline) enter(this, name, key, answer);
  }

  /**
   * Open a private conversation; return it, or null when there are too many.
   * @param {string} nick
   */
  talkTo(nick) {
    const isNew = !this.find(nick);
    const room = this.ensure(nick);
    if (!room) {
      this.tell(words.rooms.tooMany, "error");
      return null;
    }
    if (isNew && this.isOnline) requestLatest(this, room);
    this.open(room);
    return room;
  }

  /**
   * Leave a room, or close a conversation.
   * @param {Room} room
   * @param {string} reason shown to the others, '' for none
   */
  leave(room, reason = "") {
    const isIn = !room.isPrivate && room.isJoined && this.isOnline;
    if (isIn) this.order({ command: "PART", params: [room.name, ...(reason ? [reason] : [])] }, { fail() {} });
    this.forget(room);
  }

  /**
   * Remove a room from the list; if it was on screen, show the next one.
   * @param {Room} room
   */
  forget(room) {
    const all = [...this.rooms.values()];
    this.rooms.delete(casefold(room.name));
    room.unread = 0; // closes its notification
    this.wanted.drop(room.name);
    if (room.isPrivate) unwatch(this, room.name);
    else forgetMembers(this, room);
    if (this.current !== room) return;
    const index = all.indexOf(room);
    this.current = all[index + 1] ?? all[index - 1] ?? null;
    if (!this.current) openFinder(this);
    if (this.current) lookAt(this, this.current);
  }

  /**
   * Send the tracker a command or a question: it answers under a label, so that every result is known to belong to it.
   * Results that nobody handles are shown where the command was given.
   * @param {Outgoing} message
   * @param {Answer} answer
   */
  order(message, answer = {}) {
    const { fail, room = this.current } = answer;
    if (this.isOnline) this.questions.ask(message, { ...answer, room });
    else if (fail) fail(words.session.offline);
    else this.tell(words.session.offline, "error", room);
  }

  /**
   * Insert a received entry at its place in a room, unless it is there already. Returns whether it was new.
   * @param {Room} room
   * @param {Entry} entry
   */
  add(room, entry) {
    const { entries } = room.present;
    const place = entry.time ? entries.findLastIndex((other) => !isAfter(other, entry)) + 1 : entries.length;
    entry.time ||= this.tracker.clock || (entries.at(-1)?.time ?? 0);
    const isNew = room.present.insert(entry, place);
    if (isNew) this.bound(room);
    return isNew;
  }

  /**
   * Drop surplus entries after some were added to a room. Over all rooms, the fullest lose their oldest.
   * @param {Room} room
   * @param {number} added
   */
  bound(room, added = 1) {
    room.present.cutOldest(room.mostEntries);
    this.added += added;
    if (this.added < CUT) return;
    this.added = 0;
    const all = [...this.rooms.values()].map(({ present }) => present);
    let count = all.reduce((sum, { entries }) => sum + entries.length, 0);
    for (; count > MAX_ALL_ENTRIES; count -= CUT) {
      const fullest = all.reduce((one, other) => (other.entries.length > one.entries.length ? other : one));
      fullest.cutOldest(fullest.entries.length - CUT);
    }
  }

  /**
   * Show a line of the page itself in a room.
   * @param {string} text
   * @param {"info" | "notice" | "error"} kind
   * @param {Room | null} room by default where the answered command was given, if still open, or the current one
   */
  tell(text, kind = "info", room = this.#place) {
    if (room) this.add(room, { kind, nick: "", text, id: "" });
    else this.toldNowhere = text;
  }
}
