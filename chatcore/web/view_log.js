/**
 * The messages of the room that is looked at.
 *
 * @import { Item } from "./dom.js"
 * @import { Entry } from "./entries.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { byId, make, reconcile } from "./dom.js";
import { colourOf, splitLinks } from "./names.js";

const NEAR_PX = 80;
const OLDER_WITHIN_PX = 300;
const TOGETHER_MS = 5 * 60 * 1000; // one person's messages within this are shown as one
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/**
 * What a person can do here; `older` asks for what was said before.
 * @typedef {{
 *   retry: (entry: Entry) => void, discard: (entry: Entry) => void, join: (name: string) => void,
 *   older: (room: Room) => void,
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
    this.isAtEnd = true;
    this.log.addEventListener("scroll", () => this.#scrolled());
    byId("to-end").onclick = () => this.toEnd();
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
      this.room = room;
      this.isAtEnd = true;
      this.log.setAttribute("aria-label", room ? `Messages in ${room.name}` : "Messages");
      this.log.replaceChildren();
    }
    const last = this.#lastKey();
    const kept = this.isAtEnd ? null : this.#topmost();
    const items = room ? this.#items(room, session) : [];
    const isNews = !isOther && items.at(-1)?.key !== last;
    this.log.setAttribute("aria-live", isNews ? "polite" : "off"); // nobody wants all of a room read out
    reconcile(this.log, items);
    if (this.isAtEnd) this.toEnd();
    else if (kept) this.#restore(kept);
    if (isNews && !this.isAtEnd) byId("to-end").hidden = false;
    this.#fill();
  }

  /** Show the last message. */
  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.isAtEnd = true;
    byId("to-end").hidden = true;
  }

  /**
   * Scroll by pages, for those who are in the message box.
   * @param {1 | -1} direction
   */
  page(direction) {
    this.log.scrollBy({ top: direction * this.log.clientHeight * 0.9 });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.isAtEnd) byId("to-end").hidden = true;
    this.#fill();
  }

  #fill() {
    if (this.room && this.log.scrollTop < OLDER_WITHIN_PX) this.actions.older(this.room);
  }

  #lastKey() {
    const last = this.log.lastElementChild;
    return last instanceof HTMLElement ? last.dataset.key : undefined;
  }

  /** Return the first message that can be seen; headings do not count, as they move when more comes in above. */
  #topmost() {
    const { scrollTop } = this.log;
    /** @type {NodeListOf<HTMLElement>} */
    const messages = this.log.querySelectorAll(".entry, .event");
    const element = [...messages].find((message) => message.offsetTop + message.offsetHeight > scrollTop);
    return element && { key: element.dataset.key ?? "", offset: element.offsetTop - scrollTop };
  }

  /** @param {{key: string, offset: number}} place */
  #restore({ key, offset }) {
    /** @type {HTMLElement | null} */
    const element = this.log.querySelector(`[data-key="${CSS.escape(key)}"]`); // perhaps it was made anew
    if (element) this.log.scrollTop = element.offsetTop - offset;
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
    if (!room.hasOlder && !room.isLoading) items.push(beginning(room, session));
    else if (room.isFull) items.push(left());
    for (const entry of room.entries) {
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
      items.push(this.#item(entry, follows(entry, before), session));
      before = entry;
    }
    for (const entry of room.pending) {
      items.push(this.#item(entry, follows(entry, before), session));
      before = entry;
    }
    return items;
  }

  /**
   * @param {Entry} entry
   * @param {boolean} isFollowing
   * @param {Session} session
   */
  #item(entry, isFollowing, session) {
    const look = [isFollowing, entry.state ?? "", entry.reason ?? "", session.isOnline && entry.state].join();
    return { key: String(entry.key), look, build: () => this.#build(entry, isFollowing) };
  }

  /**
   * @param {Entry} entry
   * @param {boolean} isFollowing
   */
  #build(entry, isFollowing) {
    const { kind, nick, text, state, time } = entry;
    if (!nick) return this.#told(entry);
    const classes = ["entry", kind, `name-${colourOf(nick)}`];
    if (isFollowing) classes.push("follows");
    if (entry.isMention) classes.push("mention");
    if (state) classes.push(state === "refused" || state === "uncertain" ? "failed" : "waiting");
    const name = make("span", { class: "nick", dir: "auto" }, nick);
    const body = make("p", { class: "text", dir: "auto" }, ...linked(text));
    const isAction = kind === "action";
    if (isAction) body.prepend(make("span", { class: "nick" }, nick), " ");
    return make(
      "article",
      { class: classes.join(" ") },
      make("span", { class: "avatar", "aria-hidden": "true" }, initial(nick)),
      make("div", { class: "head" }, isAction ? "" : name, " ", timeOf(time)),
      body,
      ...(state ? [this.#state(entry)] : []),
    );
  }

  /** @param {Entry} entry */
  #state(entry) {
    const isFailed = entry.state === "refused" || entry.state === "uncertain";
    const words = entry.state === "sent" ? "Sending\u2026" : "Waiting for the connection\u2026";
    if (!isFailed) return make("p", { class: "state" }, words);
    return make(
      "p",
      { class: "state" },
      `${entry.reason} `,
      make("button", { type: "button", onclick: () => this.actions.retry(entry) }, "Send again"),
      make("button", { type: "button", onclick: () => this.actions.discard(entry) }, "Discard"),
    );
  }

  /** @param {Entry} entry */
  #told({ kind, text, time, invitation }) {
    const button = invitation
      ? make("button", { type: "button", onclick: () => this.actions.join(invitation) }, `Join ${invitation}`)
      : "";
    const when = kind === "event" ? timeOf(time) : "";
    return make("div", { class: `told ${kind}` }, make("p", { dir: "auto" }, ...linked(text)), when, button);
  }
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

/** @param {string} text */
function linked(text) {
  return splitLinks(text).map(({ text: shown, href }) =>
    href ? make("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown) : document.createTextNode(shown),
  );
}

/**
 * Return whether it is known when something was said; what a welcome says has its place by the time 1.
 * @param {number | undefined} time
 * @returns {time is number}
 */
function isTold(time) {
  return time !== undefined && time > 1;
}

/** @param {number | undefined} time */
function timeOf(time) {
  return isTold(time) ? make("time", { datetime: new Date(time).toISOString() }, clock.format(time)) : "";
}

/** @param {string} nick */
function initial(nick) {
  const [first = ""] = nick;
  return first.toUpperCase();
}

/** @returns {Item} */
function left() {
  const text = "Older messages are not kept on this page.";
  return { key: "left", look: "", build: () => make("p", { class: "told beginning" }, text) };
}

/**
 * @param {Room} room
 * @param {Session} session
 * @returns {Item}
 */
function beginning(room, session) {
  const readers = session.isMe(room.name) ? "you" : `you and ${room.name}`;
  const text = room.isPrivate
    ? `Only ${readers} can see this. ${session.aboutLog}`.trim()
    : `This is the beginning of ${room.name}.`;
  return { key: "beginning", look: text, build: () => make("p", { class: "told beginning" }, text) };
}
