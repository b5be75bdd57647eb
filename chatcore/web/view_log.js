/** The messages of the room that is looked at. */

import { byId, make, reconcile } from "./dom.js";
import { colourOf, splitLinks } from "./names.js";

const NEAR_PX = 80;
const OLDER_WITHIN_PX = 300;
const TOGETHER_MS = 5 * 60 * 1000; // messages of one person within are shown as one
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** Shows one room at a time. `actions`: retry(entry), discard(entry), join(name), older(room). */
export class LogView {
  constructor(actions) {
    this.actions = actions;
    this.log = byId("log");
    this.room = null;
    this.isAtEnd = true;
    this.log.addEventListener("scroll", () => this.#scrolled());
    byId("to-end").onclick = () => this.toEnd();
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.log);
  }

  /** Show a room as it is now. */
  show(room, session) {
    const isOther = room !== this.room;
    if (isOther) {
      this.room = room;
      this.isAtEnd = true;
      this.log.setAttribute("aria-label", room ? `Messages in ${room.name}` : "Messages");
      this.log.replaceChildren();
    }
    const last = this.log.lastElementChild?.dataset.key;
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

  /** Scroll by pages, for who is in the message box. */
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

  /** Return the first message that can be seen; headings do not count, they move as more comes in above. */
  #topmost() {
    const { scrollTop } = this.log;
    const messages = [...this.log.querySelectorAll(".entry, .event")];
    const element = messages.find((message) => message.offsetTop + message.offsetHeight > scrollTop);
    return element && { key: element.dataset.key, offset: element.offsetTop - scrollTop };
  }

  #restore({ key, offset }) {
    const element = this.log.querySelector(`[data-key="${CSS.escape(key)}"]`); // perhaps it was made anew
    if (element) this.log.scrollTop = element.offsetTop - offset;
  }

  #items(room, session) {
    const items = [];
    let before = null;
    let date = "";
    if (!room.hasOlder && !room.isLoading) items.push(beginning(room, session));
    else if (room.isFull) items.push(left());
    for (const entry of room.entries) {
      const isDated = entry.time > 1 && entry.kind !== "info" && entry.kind !== "error";
      const today = isDated ? day.format(entry.time) : date;
      if (today !== date) {
        items.push({ key: `day ${today}`, look: "", build: () => make("h2", { class: "day" }, make("span", {}, today)) });
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

  #item(entry, isFollowing, session) {
    const look = [isFollowing, entry.state ?? "", entry.reason ?? "", session.isOnline && entry.state].join();
    return { key: String(entry.key), look, build: () => this.#build(entry, isFollowing) };
  }

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

  #state(entry) {
    const isFailed = entry.state === "refused" || entry.state === "uncertain";
    if (!isFailed) return make("p", { class: "state" }, entry.state === "sent" ? "Sending\u2026" : "Waiting for the connection\u2026");
    return make(
      "p",
      { class: "state" },
      `${entry.reason} `,
      make("button", { type: "button", onclick: () => this.actions.retry(entry) }, "Send again"),
      make("button", { type: "button", onclick: () => this.actions.discard(entry) }, "Discard"),
    );
  }

  #told({ kind, text, time, invitation }) {
    const button = invitation
      ? make("button", { type: "button", onclick: () => this.actions.join(invitation) }, `Join ${invitation}`)
      : "";
    const when = kind === "event" ? timeOf(time) : "";
    return make("div", { class: `told ${kind}` }, make("p", { dir: "auto" }, ...linked(text)), when, button);
  }
}

/** Return who of a room types, as words: '' for nobody. */
export function typingText(room) {
  const nicks = room ? [...room.typing.values()].map(({ nick }) => nick) : [];
  if (!nicks.length) return "";
  if (nicks.length > 3) return "Several people are typing\u2026";
  return `${new Intl.ListFormat("en").format(nicks)} ${nicks.length > 1 ? "are" : "is"} typing\u2026`;
}

function follows(entry, before) {
  const isSpeech = (one) => one && one.nick && one.kind === "message";
  if (!isSpeech(entry) || !isSpeech(before) || entry.nick !== before.nick) return false;
  return !entry.time || entry.time - before.time < TOGETHER_MS;
}

function linked(text) {
  return splitLinks(text).map(({ text: shown, href }) =>
    href ? make("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown) : document.createTextNode(shown),
  );
}

function timeOf(time) {
  return time > 1 ? make("time", { datetime: new Date(time).toISOString() }, clock.format(time)) : "";
}

function initial(nick) {
  return [...nick][0].toUpperCase();
}

function left() {
  const text = "Older messages are not kept here.";
  return { key: "left", look: "", build: () => make("p", { class: "told beginning" }, text) };
}

function beginning(room, session) {
  const readers = session.isMe(room.name) ? "you" : `you and ${room.name}`;
  const text = room.isPrivate
    ? `Only ${readers} are shown this. ${session.aboutLog}`.trim()
    : `This is where ${room.name} begins.`;
  return { key: "beginning", look: text, build: () => make("p", { class: "told beginning" }, text) };
}
