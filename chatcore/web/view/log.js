/**
 * The messages of the current room, and the reader's position in them.
 *
 * Only a window of a room's entries is in the document (window.js); it moves while scrolling.
 *
 * @import { Place } from "./place.js"
 * @import { Row } from "./rows.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { Stretch } from "../session/stretch.js"
 * @import { EdgeActions } from "./edges.js"
 * @import { EntryActions } from "./entries.js"
 */

import { isFromOthers } from "../session/unread.js";
import { words } from "../words.js";
import { wireCopying } from "./copying.js";
import { eachDay } from "./days.js";
import { byId, reconcile, setAttribute, setText } from "./dom.js";
import { loading, topOf } from "./edges.js";
import { lowest, restore, topmost } from "./place.js";
import { entriesOf, LINE, lookOf, rowsOf } from "./rows.js";
import { EntryWindow, MOST } from "./window.js";

const NEAR_PX = 80;
const MORE_WITHIN_PX = 300;
const SCREENS = 4; // the window is at least this many times the visible height
const LINE_AT = 1 / 3; // of the height: where the first new message is placed

/**
 * The user's actions here: `older` and `newer` ask for earlier and later messages, `again` retries after a problem,
 * and `latest` returns to the present. `back` fetches what the user was reading, `seen` tells whether the end is in
 * view.
 * @typedef {EntryActions & EdgeActions & {
 *   older: (room: Room) => void, newer: (room: Room) => void, again: (room: Room) => void,
 *   latest: (room: Room) => void, back: (room: Room) => void, seen: (room: Room, isAtEnd: boolean) => void,
 * }} LogActions
 */

/** Shows one room at a time. */
export class LogView {
  /** @param {LogActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.log = byId("log");
    /** @type {Room | null} */
    this.room = null;
    /** @type {Session | null} */
    this.session = null;
    this.isAtEnd = true; // of the present
    this.newest = ""; // the key of the last message
    /** @type {Stretch | null} */
    this.shown = null;
    this.look = ""; // changes when a redraw is needed
    /** @type {Room["target"]} */
    this.target = null; // the last message that the user jumped to
    /** @type {Room["place"]} */
    this.sought = null; // the place being restored, until it is shown
    this.window = new EntryWindow();
    /** @type {Row[]} */
    this.rows = []; // one per child of the log
    this.log.addEventListener("scroll", () => this.#scrolled());
    byId("to-end").onclick = () => this.#onward();
    wireCopying(this.log);
    eachDay(() => this.#render()); // "today" has become "yesterday"
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.log);
  }

  /**
   * Show the current state of a room.
   * @param {Room | null} room
   * @param {Session} session
   */
  show(room, session) {
    const isOther = room !== this.room;
    if (isOther) this.#enter(room);
    const look = room ? lookOf(room, session) : "";
    const isAsBefore = !isOther && look === this.look && room?.shown === this.shown && this.target === room?.target;
    Object.assign(this, { look, session, shown: room?.shown });
    if (isAsBefore) return;
    if (room?.past) this.isAtEnd = false;
    const newest = String((room?.pending.at(-1) ?? room?.present.entries.at(-1))?.key);
    const isNews = !isOther && newest !== this.newest;
    this.newest = newest;
    setAttribute(this.log, "aria-live", isNews && !room?.past ? "polite" : "off"); // not the whole room at once
    const place = this.isAtEnd ? null : topmost(this.log, this.rows);
    this.window.follow(room ? entriesOf(room) : [], place?.entry ?? null);
    if (!room || !this.#goWhereWanted(room)) this.#render(place);
    if (!room?.target) this.target = null;
    this.#looked();
    this.#fill();
  }

  /** Scroll to the last message. */
  toEnd() {
    this.sought = null;
    this.isAtEnd = true;
    if (!this.window.isAtEnd) {
      this.window.toEnd();
      this.#render();
    }
    this.log.scrollTop = this.log.scrollHeight;
    this.#looked();
  }

  /**
   * Scroll by pages, from within the message box.
   * @param {1 | -1} direction
   */
  page(direction) {
    this.log.scrollBy({ top: direction * this.log.clientHeight * 0.9 });
  }

  /** @param {boolean} isBegin printing begins; it shows all entries */
  #print(isBegin) {
    const place = this.isAtEnd ? null : topmost(this.log, this.rows);
    if (isBegin) this.window.toAll();
    else if (place) this.window.around(this.window.entries.indexOf(place.entry));
    else this.window.toEnd();
    this.#render(place);
  }

  /** @param {Room | null} room */
  #enter(room) {
    const sought = room?.place ?? null;
    Object.assign(this, { room, sought, isAtEnd: !sought, target: null, window: new EntryWindow() });
    this.log.setAttribute("aria-label", room ? words.log.of(room.name) : words.log.label);
    this.rows = [];
    reconcile(this.log, []);
  }

  /**
   * Scroll to a message, to what is new, or to where the user was reading, if that is here. Returns whether it is.
   * @param {Room} room
   */
  #goWhereWanted(room) {
    const entries = entriesOf(room);
    const target = room.target && room.target !== this.target ? room.shown.indexOf(room.target.id) : -1;
    if (target >= 0) {
      this.#goTo(target);
      return true;
    }
    if (room.seeksLine && !room.past) {
      room.seeksLine = false;
      const index = room.line ? entries.lastIndexOf(room.line) : -1;
      if (index >= 0) this.#toLine(index);
      return index >= 0;
    }
    const { sought } = this;
    if (!sought || room.target) return false;
    const entry = entries[room.shown.indexOf(sought.id)];
    if (!entry) {
      if (!room.place) this.toEnd();
      else if (!room.shown.isLoading && room.shown.entries.length && !room.past) this.actions.back(room);
      return false;
    }
    this.sought = null;
    this.window.around(entries.lastIndexOf(entry));
    this.#render({ entry, offset: sought.offset });
    return true;
  }

  /**
   * Render the window's entries; the reader stays in place, or at the end.
   * @param {Place | null} place where the reader is
   */
  #render(place = this.isAtEnd ? null : topmost(this.log, this.rows)) {
    const { room, session } = this;
    this.rows = room && session ? this.#rowsOf(room, session) : [];
    reconcile(this.log, this.rows);
    if (this.isAtEnd) this.log.scrollTop = this.log.scrollHeight;
    else if (place) restore(this.log, this.rows, place);
  }

  /**
   * @param {Room} room
   * @param {Session} session
   */
  #rowsOf(room, session) {
    const { entries, before, isAtEnd, first } = this.window;
    const { past } = room;
    const above = topOf(room, session, first > 0, this.actions);
    const rows = [{ ...above, entry: null }, ...rowsOf(room, session, entries, before, this.actions)];
    if (past && isAtEnd) rows.push({ ...loading("newer", past.isLoading), entry: null });
    return rows;
  }

  /** Scroll to what is new, if that is further down, or else to the end. */
  #onward() {
    const { room } = this;
    if (room?.past) {
      Object.assign(this, { isAtEnd: true, sought: null });
      this.actions.latest(room);
      return;
    }
    const entries = room ? entriesOf(room) : [];
    const index = room?.line && room.unread ? entries.lastIndexOf(room.line) : -1;
    const seen = lowest(this.log, this.rows);
    if (seen && index > entries.lastIndexOf(seen)) this.#toLine(index);
    else this.toEnd();
    this.#looked();
  }

  #scrolled() {
    const { room, session } = this;
    this.isAtEnd = !room?.past && this.window.isAtEnd && this.#below() < NEAR_PX;
    if (this.isAtEnd) this.sought = null;
    this.#looked();
    const isShown = room && session && room.shown === this.shown && lookOf(room, session) === this.look;
    if (isShown) this.#fill(); // otherwise the next frame does, with what has arrived since
  }

  /** Return the height below the visible part, in pixels. */
  #below() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Note the reader's position, and show how many messages are further down. */
  #looked() {
    const { room } = this;
    if (room && !this.sought) {
      const place = this.isAtEnd ? null : topmost(this.log, this.rows, true);
      room.place = place && { id: place.entry.id, offset: Math.round(place.offset) };
    }
    if (room && room.isAtEnd !== this.isAtEnd) this.actions.seen(room, this.isAtEnd);
    const button = byId("to-end");
    const unread = room && !this.isAtEnd ? this.#unreadBelow(room) : 0;
    const isFar = () => room?.past || !this.window.isAtEnd || this.#below() > this.log.clientHeight / 2;
    setText(button, unread ? words.log.unread(unread) : words.log.latest);
    const isOfNoUse = this.isAtEnd || !(unread || isFar());
    if (isOfNoUse && document.activeElement === button) this.log.focus({ preventScroll: true });
    button.hidden = isOfNoUse;
  }

  /**
   * Return the number of new messages below the visible part.
   * @param {Room} room
   */
  #unreadBelow(room) {
    if (room.past || !room.unread) return room.unread;
    const seen = lowest(this.log, this.rows);
    const entries = entriesOf(room);
    let count = 0;
    for (let at = entries.length - 1; at >= 0 && count < room.unread && entries[at] !== seen; at--)
      if (isFromOthers(/** @type {(typeof entries)[0]} */ (entries[at]))) count++;
    return count;
  }

  /** Show more, or request it, when the reader is near the edge. */
  #fill() {
    const { room } = this;
    if (!room || this.sought) return;
    if (this.log.scrollTop < MORE_WITHIN_PX) {
      this.#widen();
      if (!this.window.older()) this.actions.older(room);
      else this.#render();
    }
    if (this.isAtEnd || this.#below() >= MORE_WITHIN_PX) return;
    this.#widen();
    if (this.window.newer()) this.#render();
    else if (room.past) this.actions.newer(room);
  }

  /** Widen the window to several times the visible height. */
  #widen() {
    const visible = Math.ceil((this.rows.length * this.log.clientHeight) / (this.log.scrollHeight || 1));
    this.window.most = Math.max(MOST, SCREENS * visible);
  }

  /**
   * Scroll to the message that the user jumped to.
   * @param {number} index of the message
   */
  #goTo(index) {
    Object.assign(this, { target: this.room?.target, isAtEnd: false, sought: null });
    this.window.around(index);
    this.#render();
    const element = this.log.querySelector(".target");
    if (!(element instanceof HTMLElement)) return;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
  }

  /**
   * Scroll to the first new message, with earlier ones above it.
   * @param {number} index of the first new message
   */
  #toLine(index) {
    Object.assign(this, { isAtEnd: false, sought: null });
    this.window.around(index);
    this.#render();
    const line = this.log.children[this.rows.findIndex(({ key }) => key === LINE)];
    if (line instanceof HTMLElement) this.log.scrollTop = line.offsetTop - this.log.clientHeight * LINE_AT;
    this.isAtEnd = this.window.isAtEnd && this.#below() < NEAR_PX;
  }
}
