/**
 * A room's topic: one line with links, all of it after a click, and a form to change it.
 *
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { Reader } from "./text.js"
 */

import { askForLock, mayChangeTopic, setTopic } from "../session/topic.js";
import { words } from "../words.js";
import { byId, setAttribute } from "./dom.js";
import { shownLine } from "./text.js";

/** Shows the topic of one room. */
export class TopicView {
  /** @type {Session | null} */
  #session = null;
  /** @type {Room | null} */
  #room = null;
  #shown = ""; // the room and text on screen
  #isOpen = false;
  #text = byId("topic-text", HTMLTextAreaElement);

  /** @param {() => Reader} reader */
  constructor(reader) {
    this.reader = reader;
    byId("topic").onclick = (event) => !isLink(event.target) && getSelection()?.isCollapsed && this.#toggle();
    byId("topic-more").onclick = () => this.#toggle();
    byId("topic-edit").onclick = () => this.#edit();
    byId("topic-cancel").onclick = () => this.#close();
    byId("topic-form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      this.#save();
    };
    this.#text.onkeydown = (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      event.stopPropagation(); // keeps Escape from closing anything else
      if (event.key === "Enter") this.#save();
      else this.#close();
    };
    new ResizeObserver(() => this.#measure()).observe(byId("topic"));
  }

  /** @param {Session} session */
  show(session) {
    const room = session.current;
    this.#session = session;
    if (room !== this.#room) this.#leave();
    this.#room = room;
    if (room) askForLock(session, room);
    const text = room?.isPrivate ? words.room.private : (room?.topic ?? session.toldNowhere);
    byId("topic-edit").hidden = !room || !mayChangeTopic(session, room) || !byId("topic-form").hidden;
    if (this.#shown === `${room?.name} ${text}`) return;
    this.#shown = `${room?.name} ${text}`;
    byId("topic").replaceChildren(...(text ? shownLine(text, this.reader()) : []));
    this.#measure();
  }

  #leave() {
    this.#isOpen = false;
    byId("topic-form").hidden = true;
    byId("topic-line").hidden = false;
    this.#apply();
  }

  #toggle() {
    if (byId("topic-more").hidden && !this.#isOpen) return;
    this.#isOpen = !this.#isOpen;
    this.#apply();
  }

  #apply() {
    const more = byId("topic-more");
    byId("topic").classList.toggle("open", this.#isOpen);
    setAttribute(more, "aria-expanded", String(this.#isOpen));
    this.#measure();
  }

  /** Offer to show the whole topic where it does not fit into the line. */
  #measure() {
    const topic = byId("topic");
    byId("topic-more").hidden = !this.#isOpen && topic.scrollWidth <= topic.clientWidth;
  }

  #edit() {
    const most = Number(this.#session?.tracker.isupport.get("TOPICLEN")) || 0;
    if (most) this.#text.maxLength = most;
    this.#text.value = this.#room?.topic ?? "";
    byId("topic-problem").replaceChildren();
    byId("topic-form").hidden = false;
    byId("topic-line").hidden = true;
    this.#text.focus();
  }

  #close() {
    byId("topic-form").hidden = true;
    byId("topic-line").hidden = false;
    byId("topic-edit").hidden = !this.#room || !this.#session || !mayChangeTopic(this.#session, this.#room);
    byId("topic-edit").focus();
  }

  #save() {
    const [session, room] = [this.#session, this.#room];
    if (!session || !room) return;
    const isStill = () => this.#room === room && !byId("topic-form").hidden;
    setTopic(session, room, this.#text.value, {
      room,
      take: () => isStill() && this.#close(),
      fail: (problem) => isStill() && byId("topic-problem").replaceChildren(problem),
    });
  }
}

/** @param {EventTarget | null} target */
function isLink(target) {
  return target instanceof Element && target.closest("a") !== null;
}
