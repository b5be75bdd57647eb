/**
 * Keeps a visit for the next page in this tab, as one goes along; and asks whoever closes it while something is unsent.
 *
 * @import { Kept } from "./kept.js"
 */

import { forget, forgetMe, keep, readKept, readRemembered, remember } from "./kept.js";
import { have, newTab, take } from "./tab.js";

const PAUSE_MS = 400; // so much may be lost with a tab that is thrown away while one types

/** Writes what `look` returns, soon after it may have changed. */
export class Keeper {
  #tab = newTab();
  #timer = 0;
  #isLeft = false; // nothing more is written then
  #isAsking = false;
  #isRemembering = false;

  /**
   * @param {(isLeaving: boolean) => {kept: Omit<Kept, "tab" | "isLeft"> | null, isUnsent: boolean}} look returns what is to be kept now; it
   *   is told whether this page goes
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
   * Return what the last page in this tab has kept for this tracker, null if nothing, or if another page lives by it.
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

  /** Whether somebody is remembered on this device. */
  get isRemembering() {
    return this.#isRemembering;
  }

  /**
   * Remember whoever comes in from now on, or nobody.
   * @param {boolean} isOn
   */
  setRemembering(isOn) {
    this.#isRemembering = isOn;
    if (isOn) this.note();
    else forgetMe();
  }

  /**
   * Return who is remembered, and as whom nobody is here in another tab; of others the name alone.
   * @param {string} url
   */
  async #recognise(url) {
    const known = readRemembered(url);
    if (!known) return null;
    const isAlone = await take(known.tab);
    return isAlone ? known : { ...known, token: "", chat: { ...known.chat, rooms: [] } };
  }

  /** Something may have changed. */
  note() {
    if (!this.#isLeft) this.#timer ||= setTimeout(() => this.#write(), PAUSE_MS);
  }

  /** @param {boolean} isLeft this page goes, or comes back */
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
    // Only while there is something to ask: browsers keep no page for the way back that listens to this.
    if (isUnsent) addEventListener("beforeunload", ask);
    else removeEventListener("beforeunload", ask);
  }
}

/** @param {Event} event */
function ask(event) {
  event.preventDefault();
}
