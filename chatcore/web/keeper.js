/**
 * Saves the visit for the next page in this tab as it changes, and asks before the page closes while something is unsent.
 *
 * @import { Kept } from "./kept.js"
 */

import { forget, forgetMe, keep, readKept, readRemembered, remember } from "./kept.js";
import { have, newTab, take } from "./tab.js";

const PAUSE_MS = 400; // at most this much is lost when the browser discards a tab

/** Writes what `look` returns, soon after it may have changed. */
export class Keeper {
  #tab = newTab();
  #timer = 0;
  #isLeft = false; // the page is going away: nothing more is written
  #isAsking = false;
  #isRemembering = false;

  /**
   * @param {(isLeaving: boolean) => {kept: Omit<Kept, "tab" | "isLeft"> | null, isUnsent: boolean}} look returns what to keep now; it is
   *   told whether this page is going away
   */
  constructor(look) {
    this.look = look;
    addEventListener("pagehide", () => this.#move(true));
    addEventListener("pageshow", ({ persisted }) => persisted && this.#move(false));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && !this.#isLeft) this.#write();
    });
  }

  /**
   * Return what the last page in this tab has kept for this tracker. If that is nothing, or another page is using it,
   * return who is remembered on this device, or null.
   * @param {string} url
   */
  async begin(url) {
    const kept = readKept(url);
    const isOurs = kept !== null && (kept.isLeft || (await take(kept.tab)));
    if (isOurs) this.#tab = kept.tab;
    if (!isOurs || kept.isLeft) have(this.#tab);
    if (isOurs && kept.nick) keep({ ...kept, isLeft: false, room: "", invitation: "", key: "" });
    else forget();
    this.#isRemembering = readRemembered(url) !== null;
    return isOurs ? kept : this.#recognise(url);
  }

  /** Whether a person is remembered on this device. */
  get isRemembering() {
    return this.#isRemembering;
  }

  /**
   * Set whether to remember the person on this device from now on.
   * @param {boolean} isOn
   */
  setRemembering(isOn) {
    this.#isRemembering = isOn;
    if (isOn) this.note();
    else forgetMe();
  }

  /**
   * Return who is remembered on this device; only the name, if they are here in another tab.
   * @param {string} url
   */
  async #recognise(url) {
    const known = readRemembered(url);
    if (!known) return null;
    const isAlone = await take(known.tab);
    return isAlone ? known : { ...known, token: "", chat: { ...known.chat, rooms: [] } };
  }

  /** Note that something may have changed. */
  note() {
    if (!this.#isLeft) this.#timer ||= setTimeout(() => this.#write(), PAUSE_MS);
  }

  /** @param {boolean} isLeft whether this page is going away; otherwise it comes back */
  #move(isLeft) {
    this.#isLeft = isLeft;
    this.#write();
  }

  #write() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const isLeft = this.#isLeft;
    const { kept, isUnsent } = this.look(isLeft);
    if (kept) keep({ ...kept, tab: this.#tab, isLeft });
    else forget();
    if (this.#isRemembering && kept?.nick) remember({ ...kept, tab: this.#tab, isLeft: false });
    if (isUnsent === this.#isAsking) return;
    this.#isAsking = isUnsent;
    // Only while something is unsent: browsers keep no page with this listener in their back/forward cache.
    if (isUnsent) addEventListener("beforeunload", ask);
    else removeEventListener("beforeunload", ask);
  }
}

/** @param {Event} event */
function ask(event) {
  event.preventDefault();
}
