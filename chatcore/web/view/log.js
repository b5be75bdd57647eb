/**
 * The messages of the room that is looked at, and the reader's place in them.
 *
 * Of all that is kept of a room only a window stands in the document (window.js), which moves along as one scrolls.
 *
 * @import { Row } from "./rows.js"
 * @import { Entry } from "../session/entries.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { Stretch } from "../session/stretch.js"
 * @import { EdgeActions } from "./edges.js"
 * @import { EntryActions } from "./entries.js"
 */

import { words } from "../words.js";
import { wireCopying } from "./copying.js";
import { eachDay } from "./days.js";
import { byId, reconcile, setAttribute, setText } from "./dom.js";
import { arrival, beginning, loading, unavailable } from "./edges.js";
import { firstVisible, offsetOf, putAt } from "./place.js";
import { rowsOf } from "./rows.js";
import { EntryWindow, MOST } from "./window.js";

const NEAR_PX = 80;
const MORE_WITHIN_PX = 300;
const SCREENS = 4; // the window has at least so many times what can be seen

/**
 * What a person can do here: `older` and `newer` ask for what was said before and after, `again` after a problem, and
 * `latest` goes back to the present.
 * @typedef {EntryActions & EdgeActions & {
 *   older: (room: Room) => void, newer: (room: Room) => void, again: (room: Room) => void,
 *   latest: (room: Room) => void,
 * }} LogActions
 */

/**
 * Where a reader is: at an entry, whose lower edge is so many pixels below the upper edge of the log.
 * @typedef {{entry: Entry, offset: number}} Place
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
    this.isAtEnd = true; // of what is said now
    this.hasNews = false; // below what can be seen
    this.newest = ""; // the key of what was said last
    /** @type {Stretch | null} */
    this.shown = null;
    this.look = ""; // changes when any of it must be shown anew
    /** @type {Room["target"]} */
    this.target = null; // what was last gone to
    this.window = new EntryWindow();
    /** @type {Row[]} */
    this.rows = []; // one for each child of the log
    this.log.addEventListener("scroll", () => this.#scrolled());
    byId("to-end").onclick = () => this.#leavePast();
    wireCopying(this.log);
    eachDay(() => this.#render()); // today is yesterday
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.log);
  }

  /**
   * Show a room as it is now.
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
    if (isNews && !this.isAtEnd) this.hasNews = true;
    setAttribute(this.log, "aria-live", isNews && !room?.past ? "polite" : "off"); // nobody wants all of it read out
    const target = room?.target && room.target !== this.target ? this.#targetIn(room) : -1;
    const place = this.isAtEnd ? null : this.#topmost();
    this.window.follow(room ? entriesOf(room) : [], place?.entry ?? null);
    if (target >= 0) this.#goTo(target);
    else this.#render(place);
    if (!room?.target) this.target = null;
    this.#showWayBack();
    this.#fill();
  }

  /** Show the last message. */
  toEnd() {
    if (!this.window.isAtEnd) {
      this.window.toEnd();
      this.isAtEnd = true;
      this.#render();
    }
    this.log.scrollTop = this.log.scrollHeight;
    this.isAtEnd = true;
    this.#showWayBack();
  }

  /**
   * Scroll by pages, for those who are in the message box.
   * @param {1 | -1} direction
   */
  page(direction) {
    this.log.scrollBy({ top: direction * this.log.clientHeight * 0.9 });
  }

  /** @param {boolean} isBegin of printing, which is of all that is here */
  #print(isBegin) {
    const place = this.isAtEnd ? null : this.#topmost();
    if (isBegin) this.window.toAll();
    else if (place) this.window.around(this.window.entries.indexOf(place.entry));
    else this.window.toEnd();
    this.#render(place);
  }

  /** @param {Room | null} room */
  #enter(room) {
    Object.assign(this, { room, isAtEnd: true, hasNews: false, target: null, window: new EntryWindow() });
    this.log.setAttribute("aria-label", room ? words.log.of(room.name) : words.log.label);
    this.rows = [];
    reconcile(this.log, []);
  }

  /**
   * Put what is in the window into the document; the reader stays where they are, or at the end.
   * @param {Place | null} place where that is
   */
  #render(place = this.isAtEnd ? null : this.#topmost()) {
    const { room, session } = this;
    this.rows = room && session ? this.#rowsOf(room, session) : [];
    reconcile(this.log, this.rows);
    if (this.isAtEnd) this.log.scrollTop = this.log.scrollHeight;
    else if (place) this.#restore(place);
  }

  /**
   * @param {Room} room
   * @param {Session} session
   */
  #rowsOf(room, session) {
    const { entries, before, isAtEnd } = this.window;
    const { past } = room;
    const rows = [this.#top(room, session), ...rowsOf(room, session, entries, before, this.actions)];
    if (past && isAtEnd) rows.push({ ...loading("newer", past.isLoading), entry: null });
    return rows;
  }

  /**
   * Return what stands above all messages.
   * @param {Room} room
   * @param {Session} session
   * @returns {Row}
   */
  #top(room, session) {
    const { problem, hasOlder, isLoading } = room.shown;
    const isInside = this.window.first > 0;
    if (problem && !isLoading && !isInside)
      return { ...unavailable(problem, () => this.actions.again(room)), entry: null };
    const isBefore = room.arrival && !room.past && !isInside && !hasOlder && !isLoading;
    if (isBefore) return { ...arrival(room, this.actions), entry: null };
    const item =
      isInside || hasOlder || isLoading ? loading("older", isLoading) : beginning(room, session, this.actions);
    return { ...item, entry: null };
  }

  #leavePast() {
    this.isAtEnd = true;
    if (this.room?.past) this.actions.latest(this.room);
    else this.toEnd();
  }

  #scrolled() {
    const { room, session } = this;
    this.isAtEnd = !room?.past && this.window.isAtEnd && this.#below() < NEAR_PX;
    this.#showWayBack();
    const isShown = room && session && room.shown === this.shown && lookOf(room, session) === this.look;
    if (isShown) this.#fill(); // else the next frame does, which has what has come since
  }

  /** Return how much is below what can be seen, in pixels. */
  #below() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight;
  }

  #showWayBack() {
    if (this.isAtEnd) this.hasNews = false;
    const button = byId("to-end");
    const isFar = () => this.room?.past || !this.window.isAtEnd || this.#below() > this.log.clientHeight / 2;
    setText(button, this.hasNews ? words.log.news : words.log.latest);
    button.hidden = this.isAtEnd || !(this.hasNews || isFar());
  }

  /** Show more, or ask for it, where the reader is near the edge of what there is. */
  #fill() {
    const { room } = this;
    if (!room) return;
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

  /** Have the window show several times what can be seen, however large that is. */
  #widen() {
    const visible = Math.ceil((this.rows.length * this.log.clientHeight) / (this.log.scrollHeight || 1));
    this.window.most = Math.max(MOST, SCREENS * visible);
  }

  /**
   * Return where the message stands that somebody went to, -1 if it is not here yet.
   * @param {Room} room
   */
  #targetIn({ target, shown }) {
    return target ? shown.indexOf(target.id) : -1;
  }

  /**
   * Show the message that somebody went to.
   * @param {number} index where it stands
   */
  #goTo(index) {
    this.target = this.room?.target ?? null;
    this.isAtEnd = false;
    this.window.around(index);
    this.#render();
    const element = this.log.querySelector(".target");
    if (!(element instanceof HTMLElement)) return;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
  }

  /**
   * Return the first message that can be seen, by its lower edge: it may lose its name when more comes in above.
   * Headings do not count, as they move then.
   * @returns {Place | null}
   */
  #topmost() {
    const { children } = this.log;
    for (let number = firstVisible(this.log); number < children.length; number++) {
      const entry = this.rows[number]?.entry;
      const child = /** @type {HTMLElement} */ (children[number]);
      if (entry && isFixed(entry)) return { entry, offset: offsetOf(this.log, child) };
    }
    return null;
  }

  /** @param {Place} place */
  #restore({ entry, offset }) {
    const child = this.log.children[this.rows.findIndex((row) => row.entry === entry)];
    if (child instanceof HTMLElement) putAt(this.log, child, offset);
  }
}

/**
 * Return all that can be shown of a room: what was said, and what is on its way.
 * @param {Room} room
 */
function entriesOf({ shown, past, pending }) {
  return past || !pending.length ? shown.entries : [...shown.entries, ...pending];
}

/**
 * Return whether an entry keeps its place among the others: what the page itself says may not.
 * @param {Entry} entry
 */
function isFixed({ nick, kind }) {
  return nick !== "" || kind === "event";
}

/**
 * Return what changes whenever the messages of a room must be shown anew.
 * @param {Room} room
 * @param {Session} session
 */
function lookOf({ shown, present, pending, target, changes }, { nick, account, isOnline, tracker, showsPast }) {
  const own = pending.map(({ key, state, reason }) => `${key} ${state} ${reason}`);
  const { isLoading, hasOlder, problem } = shown;
  return [
    ...[changes, shown.changes, present.changes, isLoading, hasOlder, problem, target?.id],
    ...[nick, account, isOnline, showsPast, tracker.motd.length, own],
  ].join();
}
