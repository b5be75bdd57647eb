/**
 * Notifications while the page is hidden: one for each room, however many messages there are.
 *
 * Permission is requested only on a click. Whether the person wants notifications is kept by quiet.js: once turned off,
 * they stay off.
 *
 * @import { Entry } from "./session/entries.js"
 * @import { Room } from "./session/room.js"
 * @import { Quiet } from "./quiet.js"
 * @import { Notice } from "./session/noticing.js"
 */

import { Notices } from "./session/noticing.js";
import { words } from "./words.js";

const MAX_TEXT = 200;
const GATHER_MS = 400; // messages within this time, such as all that were missed, are one notification

/** Shows notifications, and closes each once its messages have been seen. */
export class Notifier {
  #notices = new Notices();
  /** @type {Map<Room, Notification>} */
  #shown = new Map();
  #timer = 0;
  #problem = "";

  /**
   * @param {Quiet} quiet
   * @param {(room: Room) => void} open called when a notification is clicked
   */
  constructor(quiet, open) {
    this.quiet = quiet;
    this.open = open;
  }

  /** Whether notifications are on, and why they could not be turned on. */
  get state() {
    const isOn = this.quiet.isNotifying && isAllowed();
    return { isOn, problem: isOn ? "" : this.#problem };
  }

  /**
   * Turn notifications on, if the browser allows it, or off; return the outcome in words.
   * @param {boolean} isOn
   */
  async turn(isOn) {
    this.#problem = isOn ? await ask() : "";
    this.quiet.turn(isOn && !this.#problem);
    if (!isOn) this.#close(this.#notices.clear());
    return this.#problem || (isOn ? words.notices.on : words.notices.off);
  }

  /**
   * Notify the person of a message, if the page is hidden.
   * @param {Room} room
   * @param {Entry} entry
   */
  note(room, entry) {
    if (!document.hidden || !this.state.isOn) return;
    this.#notices.note(room, entry);
    this.#timer ||= setTimeout(() => this.#show(), GATHER_MS);
  }

  /** Close the notifications of messages that have been seen meanwhile, here or elsewhere. */
  settle() {
    this.#close(this.#notices.takeSeen());
  }

  #show() {
    this.#timer = 0;
    this.settle();
    if (this.state.isOn) for (const notice of this.#notices.take()) this.#tell(notice);
  }

  /** @param {Notice} notice */
  #tell({ room, title, body }) {
    try {
      const shown = new Notification(title, { body: body.slice(0, MAX_TEXT), tag: room.name, icon: "icon.svg" });
      shown.onclick = () => {
        window.focus();
        shown.close();
        this.open(room);
      };
      this.#shown.set(room, shown);
    } catch {
      // phones allow this only for installed pages; the title still counts unread messages
    }
  }

  /** @param {Room[]} rooms */
  #close(rooms) {
    for (const room of rooms) {
      this.#shown.get(room)?.close();
      this.#shown.delete(room);
    }
  }
}

function isAllowed() {
  return "Notification" in globalThis && Notification.permission === "granted";
}

/** Request permission; return in words why there is none, '' if there is. */
async function ask() {
  if (!("Notification" in globalThis) || !isSecureContext) return words.notices.impossible;
  return (await Notification.requestPermission()) === "granted" ? "" : words.notices.denied;
}
