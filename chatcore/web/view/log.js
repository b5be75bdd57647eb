/**
 * The messages of the room that is looked at, and the reader's place in them.
 *
 * @import { Item } from "./dom.js"
 * @import { Entry } from "../session/entries.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { Stretch } from "../session/stretch.js"
 * @import { EntryActions } from "./entries.js"
 */

import { byId, make, reconcile } from "./dom.js";
import { beginning, loading, unavailable } from "./edges.js";
import { buildEntry, isTold } from "./entries.js";

const NEAR_PX = 80;
const MORE_WITHIN_PX = 300;
const TOGETHER_MS = 5 * 60 * 1000; // one person's messages within this are shown as one
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/**
 * What a person can do here: `older` and `newer` ask for what was said before and after, `again` after a problem, and
 * `latest` goes back to the present.
 * @typedef {EntryActions & {
 *   older: (room: Room) => void, newer: (room: Room) => void, again: (room: Room) => void,
 *   latest: (room: Room) => void,
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
    this.isAtEnd = true; // of what is said now
    this.hasNews = false; // below what can be seen
    this.newest = ""; // the key of what was said last
    /** @type {Stretch | null} */
    this.shown = null;
    this.look = ""; // changes when any of it must be shown anew
    /** @type {Room["target"]} */
    this.target = null; // what was last gone to
    this.log.addEventListener("scroll", () => this.#scrolled());
    byId("to-end").onclick = () => this.#leavePast();
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.log);
  }

  /**
   * Show a room as it is now.
   * @param {Room | null} room
   * @param {Session} session
   */
  show(room, session) {
    const isOther = room !== this.room;
    if (isOther) {
      Object.assign(this, { room, isAtEnd: true, hasNews: false });
      this.log.setAttribute("aria-label", room ? `Messages in ${room.name}` : "Messages");
      this.log.replaceChildren();
    }
    const look = room ? lookOf(room, session) : "";
    const isAsBefore = !isOther && look === this.look && room?.shown === this.shown && this.target === room?.target;
    Object.assign(this, { look, shown: room?.shown });
    if (isAsBefore) return;
    if (room?.past) this.isAtEnd = false;
    const newest = String((room?.pending.at(-1) ?? room?.present.entries.at(-1))?.key);
    const isNews = !isOther && newest !== this.newest;
    this.newest = newest;
    const kept = this.isAtEnd ? null : this.#topmost();
    this.log.setAttribute("aria-live", isNews && !room?.past ? "polite" : "off"); // nobody wants all of it read out
    reconcile(this.log, room ? this.#items(room, session) : []);
    if (isNews && !this.isAtEnd) this.hasNews = true;
    if (this.#goToTarget(room)) this.isAtEnd = false;
    else if (this.isAtEnd) this.toEnd();
    else if (kept) this.#restore(kept);
    this.#showWayBack();
    this.#fill();
  }

  /** Show the last message. */
  toEnd() {
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

  #leavePast() {
    this.isAtEnd = true;
    if (this.room?.past) this.actions.latest(this.room);
    else this.toEnd();
  }

  #scrolled() {
    this.isAtEnd = !this.room?.past && this.#below() < NEAR_PX;
    this.#showWayBack();
    this.#fill();
  }

  /** Return how much is below what can be seen, in pixels. */
  #below() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight;
  }

  #showWayBack() {
    if (this.isAtEnd) this.hasNews = false;
    const button = byId("to-end");
    button.textContent = this.hasNews ? "New messages" : "Jump to latest";
    button.hidden = this.isAtEnd || !(this.hasNews || this.room?.past || this.#below() > this.log.clientHeight / 2);
  }

  #fill() {
    if (this.room && this.log.scrollTop < MORE_WITHIN_PX) this.actions.older(this.room);
    if (this.room?.past && this.#below() < MORE_WITHIN_PX) this.actions.newer(this.room);
  }

  /**
   * Show the message that somebody went to, once it is here. Returns whether that was now.
   * @param {Room | null} room
   */
  #goToTarget(room) {
    if (!room?.target) this.target = null;
    if (!room?.target || room.target === this.target) return false;
    const element = this.log.querySelector(".target");
    if (!(element instanceof HTMLElement)) return false;
    this.target = room.target;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    return true;
  }

  /**
   * Return the first message that can be seen, by its lower edge: it may lose its name when more comes in above.
   * Headings do not count, as they move then.
   */
  #topmost() {
    const { scrollTop } = this.log;
    /** @type {NodeListOf<HTMLElement>} */
    const messages = this.log.querySelectorAll(".entry, .event");
    const element = [...messages].find((message) => message.offsetTop + message.offsetHeight > scrollTop);
    return element && { key: element.dataset.key ?? "", offset: element.offsetTop + element.offsetHeight - scrollTop };
  }

  /** @param {{key: string, offset: number}} place */
  #restore({ key, offset }) {
    /** @type {HTMLElement | null} */
    const element = this.log.querySelector(`[data-key="${CSS.escape(key)}"]`); // perhaps it was made anew
    if (element) this.log.scrollTop = element.offsetTop + element.offsetHeight - offset;
  }

  /**
   * @param {Room} room
   * @param {Session} session
   */
  #items(room, session) {
    /** @type {Item[]} */
    const items = [];
    /** @type {Entry | null} */
    let before = null;
    let date = "";
    const { shown, past } = room;
    items.push(this.#top(room, session));
    for (const entry of shown.entries) {
      const isDated = isTold(entry.time) && entry.kind !== "info" && entry.kind !== "error";
      const today = isDated ? day.format(entry.time) : date;
      if (today !== date) {
        items.push({
          key: `day ${today}`,
          look: "",
          build: () => make("h2", { class: "day" }, make("span", {}, today)),
        });
        before = null;
      }
      date = today;
      items.push(this.#item(entry, before, room, session));
      before = entry;
    }
    if (past) items.push(loading("newer", past.isLoading));
    for (const entry of past ? [] : room.pending) {
      items.push(this.#item(entry, before, room, session));
      before = entry;
    }
    return items;
  }

  /**
   * Return what stands above all messages.
   * @param {Room} room
   * @param {Session} session
   */
  #top(room, session) {
    const { problem, hasOlder, isLoading } = room.shown;
    if (problem && !isLoading) return unavailable(problem, () => this.actions.again(room));
    return hasOlder || isLoading ? loading("older", isLoading) : beginning(room, session);
  }

  /**
   * @param {Entry} entry
   * @param {Entry | null} before
   * @param {Room} room
   * @param {Session} session
   * @returns {Item}
   */
  #item(entry, before, room, session) {
    const isFollowing = follows(entry, before);
    const isTarget = entry.id !== "" && entry.id === room.target?.id;
    const look = [isFollowing, isTarget, entry.state ?? "", entry.reason ?? "", session.isOnline && entry.state].join();
    return { key: String(entry.key), look, build: () => buildEntry(entry, { isFollowing, isTarget }, this.actions) };
  }
}

/**
 * Return what changes whenever the messages of a room must be shown anew.
 * @param {Room} room
 * @param {Session} session
 */
function lookOf({ shown, present, pending, target }, { nick, account, isOnline, tracker }) {
  const own = pending.map(({ key, state, reason }) => `${key} ${state} ${reason}`);
  const { changes, isLoading, hasOlder, problem } = shown;
  return [
    changes,
    isLoading,
    hasOlder,
    problem,
    present.changes,
    target?.id,
    nick,
    account,
    isOnline,
    tracker.motd,
    own,
  ].join();
}

/**
 * Say who is typing in a room; '' for nobody.
 * @param {Room | null} room
 */
export function typingText(room) {
  const nicks = room ? [...room.typing.values()].map(({ nick }) => nick) : [];
  if (!nicks.length) return "";
  if (nicks.length > 3) return "Several people are typing\u2026";
  return `${new Intl.ListFormat("en").format(nicks)} ${nicks.length > 1 ? "are" : "is"} typing\u2026`;
}

/**
 * Return whether an entry is shown as going on from the one before.
 * @param {Entry} entry
 * @param {Entry | null} before
 */
function follows(entry, before) {
  if (!before || entry.kind !== "message" || before.kind !== "message" || entry.nick !== before.nick) return false;
  return !entry.time || entry.time - (before.time ?? 0) < TOGETHER_MS;
}
