/**
 * What a person sees of the chat: rooms, members, messages, who types. Pure: no DOM, no network, no clock.
 *
 * It is told what was received (received.js changes it) and what the person does; it sends through a callback. A room
 * is an IRC channel or a private conversation. `entries` are in the tracker's order; `pending` are own messages that
 * the tracker has not echoed yet, shown after them.
 */

import { CUT, MAX_ALL_ENTRIES, MAX_ENTRIES, MAX_FETCHED } from "./bounds.js";
import { MAX_MEMBERS, MAX_REQUESTS, MAX_ROOMS, makePlace } from "./bounds.js";
import { isAfter } from "./entries.js";
import { MAX_BODY_BYTES, byteLength, casefold, wrapText } from "./irc.js";
import { Room } from "./room.js";
import { isCommand } from "./slash.js";

export const LOBBY = "#lobby";
export const TYPING_LASTS_MS = { active: 6000, paused: 30000 };
const TYPING_EVERY_MS = 3000;
let serials = 0;

/** The state of one person's visit; it outlives lost connections. */
export class Session {
  /**
   * @param {(message: object) => void} send takes a message for the tracker; called while online only
   * @param {(room: Room, entry: object) => void} notify hears of messages from others, once each
   */
  constructor(send, notify = () => {}) {
    this.send = send;
    this.notify = notify;
    this.nick = "";
    this.source = ""; // nick!user@host, once known
    this.trackerBorn = ""; // tells one run of a tracker from another
    this.isSameTracker = true;
    this.isOnline = false;
    this.isVisible = true;
    this.isupport = new Map();
    this.rooms = new Map();
    this.current = null;
    this.wanted = new Map([[casefold(LOBBY), LOBBY]]); // rooms to be in, before they are joined
    this.clock = 0; // the tracker's time, as last heard (Unix, ms)
    this.motd = [];
    this.batches = new Map();
    this.requests = new Map(); // label -> what was asked
    this.typed = { room: null, state: "", at: -Infinity };
    this.labels = 0;
  }

  /** Return the room of this name, or undefined. */
  find(name) {
    return this.rooms.get(casefold(name));
  }

  /** Return the room of this name; it begins if there is none. Returns null when there are too many. */
  ensure(name) {
    const folded = casefold(name);
    if (!this.rooms.has(folded)) {
      if (this.rooms.size >= MAX_ROOMS && !this.#closeOne()) return null;
      this.rooms.set(folded, new Room(name));
    }
    const room = this.rooms.get(folded);
    this.current ??= room;
    return room;
  }

  /** What the tracker says of its log: the last line of its welcome text. */
  get aboutLog() {
    return this.motd.at(-1) ?? "";
  }

  /** Tell whether there is place for another member of any room. */
  get hasPlace() {
    let members = 0;
    for (const room of this.rooms.values()) members += room.members.size + (room.arriving?.size ?? 0);
    return members < MAX_MEMBERS;
  }

  /** Close the private conversation in which nothing was said for longest; tell whether there was one. */
  #closeOne() {
    const isIdle = (room) => room.isPrivate && room !== this.current && !room.pending.length;
    const idle = [...this.rooms.values()].filter(isIdle);
    if (!idle.length) return false;
    const saidAt = (room) => room.entries.at(-1)?.time ?? 0;
    const oldest = idle.reduce((one, other) => (saidAt(other) < saidAt(one) ? other : one));
    this.forget(oldest);
    this.tell(`There are too many conversations: that with ${oldest.name} was closed.`);
    return true;
  }

  isMe(nick) {
    return casefold(nick) === casefold(this.nick);
  }

  /** Look at a room. */
  open(room) {
    this.current = room;
    this.markRead();
  }

  /** Count the current room as read, if it can be seen. */
  markRead() {
    if (!this.current || !this.isVisible) return;
    this.current.unread = 0;
    this.current.isMentioned = false;
  }

  /** Enter a room and look at it. */
  join(name, key = "") {
    const known = this.find(name);
    if (known?.isJoined) return this.open(known);
    this.wanted.set(casefold(name), name);
    this.openOnJoin = casefold(name);
    if (known) known.key = key;
    this.joinKey = key;
    if (this.isOnline) this.send({ command: "JOIN", params: key ? [name, key] : [name] });
  }

  /** Open a private conversation; return it, if there is place for it. */
  talkTo(nick) {
    const isNew = !this.find(nick);
    const room = this.ensure(nick);
    if (!room) return void this.tell("You are in too many rooms. Leave one first.", "error");
    if (isNew && this.isOnline) this.requestHistory(room, "LATEST");
    this.open(room);
    return room;
  }

  /** Leave a room, or close a conversation. */
  leave(room) {
    if (!room.isPrivate && room.isJoined && this.isOnline) this.send({ command: "PART", params: [room.name] });
    this.forget(room);
  }

  forget(room) {
    const names = [...this.rooms.values()];
    this.rooms.delete(casefold(room.name));
    this.wanted.delete(casefold(room.name));
    if (this.current !== room) return;
    const index = names.indexOf(room);
    this.current = names[index + 1] ?? names[index - 1] ?? null;
    this.markRead();
  }

  /** Say something: one message for each line, and more where a line is too long for one. */
  say(room, text, kind = "message") {
    const source = this.source || `${this.nick}!${"x".repeat(10)}@${"x".repeat(63)}`;
    const overhead = byteLength(`:${source} PRIVMSG ${room.name} :`) + (kind === "action" ? 9 : 0);
    for (const line of text.split(/\r\n|[\r\n]/)) {
      if (!line.trim()) continue;
      for (const piece of wrapText(line.replaceAll("\0", ""), MAX_BODY_BYTES - overhead)) {
        const entry = { key: ++serials, kind, nick: this.nick, text: piece, isMine: true, state: "queued", time: 0 };
        room.pending.push(entry);
        if (this.isOnline && (room.isPrivate || room.isJoined) && !room.isCatchingUp) this.transmit(room, entry);
      }
    }
    this.typed = { room: null, state: "", at: -Infinity }; // a message ends the typing
  }

  /** Send a message that waits. */
  transmit(room, entry) {
    const body = entry.kind === "action" ? `\x01ACTION ${entry.text}\x01` : entry.text;
    Object.assign(entry, { state: "sent", reason: "", label: this.newLabel() });
    this.send({ tags: { label: entry.label }, command: "PRIVMSG", params: [room.name, body] });
  }

  /** Send again what may not have arrived, or was refused. */
  retry(room, entry) {
    if (this.isOnline) this.transmit(room, entry);
    else entry.state = "queued";
  }

  /** Give up a message that was not sent. */
  discard(room, entry) {
    room.pending = room.pending.filter((other) => other !== entry);
  }

  newLabel() {
    return `w${++this.labels}`;
  }

  /** Put what was received at its place in a room, unless it is there. Returns whether it was new. */
  add(room, entry) {
    let place = room.entries.length;
    if (entry.time) while (place > 0 && isAfter(room.entries[place - 1], entry)) place--;
    entry.time ||= this.clock || (room.entries.at(-1)?.time ?? 0);
    return this.addAt(room, entry, place);
  }

  /** Put an entry at a place in a room, unless it is there already. Returns whether it was new. */
  addAt(room, entry, place) {
    if (entry.id && room.ids.has(entry.id)) return false;
    if (entry.id) room.ids.add(entry.id);
    entry.key ??= ++serials;
    room.entries.splice(place, 0, entry);
    if (room.entries.length > MAX_ENTRIES) room.forgetOldest();
    if (entry.key % CUT === 0) this.#cutAll();
    return true;
  }

  /** Of all that stands in all rooms keep so much; the fullest rooms lose their oldest. */
  #cutAll() {
    const rooms = [...this.rooms.values()];
    let count = rooms.reduce((sum, { entries }) => sum + entries.length, 0);
    for (; count > MAX_ALL_ENTRIES; count -= CUT) {
      rooms.reduce((one, other) => (other.entries.length > one.entries.length ? other : one)).forgetOldest();
    }
  }

  /** Count what somebody else said where nobody looks, and have it notified of. */
  countUnread(room, entry) {
    if (room !== this.current || !this.isVisible) {
      room.unread++;
      room.isMentioned ||= room.isPrivate || entry.isMention;
    }
    this.notify(room, entry);
  }

  /** Show a line of the page's own in a room. */
  tell(text, kind = "info", room = this.current) {
    if (room) this.add(room, { kind, nick: "", text, id: "" });
  }

  /** Note that a person writes, to tell the others; at most every three seconds. `now` is any clock, in ms. */
  noteTyping(room, text, now) {
    const isWriting = text !== "" && !isCommand(text);
    const { typed } = this;
    if (!this.isOnline || !(room.isPrivate || room.isJoined)) return;
    const isSame = typed.room === room && typed.state === "active";
    if (isWriting && isSame && now - typed.at < TYPING_EVERY_MS) return;
    if (!isWriting && !isSame) return;
    this.#sendTyping(room, isWriting ? "active" : "done", now);
  }

  /** Note that the person has stopped in the middle of a text. */
  noteTypingPaused(now) {
    const { room, state } = this.typed;
    if (room && state === "active" && this.isOnline) this.#sendTyping(room, "paused", now);
  }

  #sendTyping(room, state, now) {
    this.typed = { room, state, at: now };
    this.send({ tags: { "+typing": state }, command: "TAGMSG", params: [room.name] });
  }

  /** Forget who has stopped typing; return the moment of the next change, or Infinity. */
  expireTyping(now) {
    let next = Infinity;
    for (const room of this.rooms.values()) {
      for (const [folded, { until }] of room.typing) {
        if (until <= now) room.typing.delete(folded);
        else next = Math.min(next, until);
      }
    }
    return next;
  }

  /** Ask for what was said: LATEST, BEFORE what is shown, or AFTER a msgid. */
  requestHistory(room, subcommand, reference = "*", limit = MAX_FETCHED) {
    if (!this.isOnline) return;
    const most = Number(this.isupport.get("CHATHISTORY")) || limit;
    const label = this.newLabel();
    makePlace(this.requests, MAX_REQUESTS);
    this.requests.set(label, { room, subcommand, reference, limit: Math.min(limit, most) });
    room.isLoading = true;
    const params = [subcommand, room.name, reference, String(limit)];
    this.send({ tags: { label }, command: "CHATHISTORY", params });
  }

  /** Ask for what was said before what is shown, if there is any. */
  requestOlder(room) {
    const first = room.edgeId(false);
    if (first && room.hasOlder && !room.isLoading && !room.isFull) this.requestHistory(room, "BEFORE", `msgid=${first}`);
  }
}
