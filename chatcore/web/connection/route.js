/**
 * Where a lost connection is tried again, and when: where one was, then at the other trackers of the chat, if it has any
 * (docs/trackers.md). Pure.
 *
 * Another tracker is another origin: the browser lets the page go there only if it trusts the certificate, if the page's own
 * policy names it, as it does of those that there were when the page was opened, and if that tracker takes it for one of the
 * chat's. Else the person can go there by a link. No link has the token: by one of somebody else's, one would be somebody else.
 *
 * @import { Message } from "../protocol/irc.js"
 */

import { MAX_TRACKERS } from "../protocol/bounds.js";

const BACK_OFF_S = [0.5, 1, 2, 4, 8];
const MAX_BACK_OFF_S = 15;
const ROUNDS_WHEN_GONE = 3; // so often the others are tried when the tracker has left: then they have, too
const TOLD = /;page=([^;]*)/;
const PAGE = /^https:\/\/[\w.:[\]-]{1,260}\/$/;

/**
 * Where one is, and which other trackers there are, by their pages; `at` is '' for the tracker of this page.
 * @typedef {{at: string, pages: string[]}} Known
 */

/** That of one person, over as many losses as there are. */
export class Route {
  /** @type {string[]} */
  #told = []; // of a list that is not complete yet
  /** @type {string[]} */
  #left = []; // of a round
  #rounds = 0;
  #isGone = false; // the tracker where one was

  /** @param {string} home the tracker of this page, where one begins */
  constructor(home) {
    this.home = home;
    this.here = home; // where one is, or was
    this.url = home; // what is tried
    this.movedTo = ""; // the host of another tracker than before, if one has come in there
    /** @type {string[]} */
    this.pages = []; // of the other trackers
  }

  /**
   * Take what a tracker says of the others.
   * @param {Message} message
   */
  take({ params }) {
    const found = (params.at(-1) ?? "").split(" ").map((word) => TOLD.exec(word)?.[1]);
    this.#told = [...this.#told, ...found.filter(isPage)].slice(0, MAX_TRACKERS);
    if (params.length > 1 && params[0] === "*") return; // more of the list follows
    this.pages = this.#told;
    this.#told = [];
  }

  /**
   * Somebody is in.
   * @param {boolean} isTold of the others, soon
   */
  arrive(isTold) {
    if (!isTold) this.pages = [];
    this.movedTo = this.url === this.here ? "" : new URL(this.url).host;
    this.here = this.url;
    this.renew();
  }

  /**
   * What the next page in this tab is to know.
   * @returns {Known}
   */
  get known() {
    const at = this.here === this.home ? "" : `https://${new URL(this.here).host}/`;
    return { at, pages: this.pages };
  }

  /**
   * Go on with what the last page in this tab has known: any version of it, and there may have been none.
   * @param {Partial<Known>} known
   */
  goOn({ at, pages = [] }) {
    this.pages = Array.isArray(pages) ? pages.filter(isPage).slice(0, MAX_TRACKERS) : [];
    this.here = isPage(at) ? this.#socketOf(at) : this.home;
  }

  /** Nobody is in: begin where one was, and then try the others once. */
  begin() {
    this.renew();
    this.#left = this.#others();
  }

  /** Have it as if nothing had been tried. */
  renew() {
    this.#left = [];
    this.#rounds = 0;
    this.#isGone = false;
    this.url = this.here;
  }

  /** Whether there is somewhere else to go. */
  get hasOthers() {
    return this.pages.length > 0;
  }

  /** Whether there is a place that has not been tried yet. */
  get isUnderway() {
    return this.#left.length > 0;
  }

  /** Whether all places have been tried in vain. */
  get isHard() {
    return this.#rounds > 1;
  }

  /**
   * There is no connection: choose where to try next; return after how many seconds, -1 if no tracker is left.
   * @param {"visit" | "chat" | "run"} ending what has ended; a tracker that will be back soon is given a moment
   * @param {boolean} isSilent the tracker has answered nothing: where one was is tried last then, as that takes long
   */
  lose(ending, isSilent = false) {
    if (ending === "chat" && this.url === this.here) this.#isGone = true;
    if (this.#left.length && ending !== "run") return this.#next(0);
    if (this.#isGone && this.#rounds >= ROUNDS_WHEN_GONE) return -1;
    const isFirst = this.#rounds === 0;
    const others = isFirst && ending === "run" ? [] : this.#others();
    if (this.#isGone && others.length) this.#left = others;
    else this.#left = isSilent ? [...others, this.here] : [this.here, ...others];
    const pause = BACK_OFF_S[this.#rounds++] ?? MAX_BACK_OFF_S;
    return this.#next(pause * (0.8 + 0.4 * Math.random()));
  }

  /** @param {number} seconds */
  #next(seconds) {
    this.url = this.#left.shift() ?? this.here;
    return seconds;
  }

  /** Return the others, in each page beginning with another one; where one came first is the last. */
  #others() {
    const start = Math.floor(Math.random() * this.pages.length);
    const found = [...this.pages.slice(start), ...this.pages.slice(0, start)].map((page) => this.#socketOf(page));
    return [...new Set([...found, this.home])].filter((url) => url !== this.here);
  }

  /** @param {string} page */
  #socketOf(page) {
    const url = new URL("irc", page);
    url.protocol = new URL(this.home).protocol; // no page that came with TLS goes on without
    return url.href;
  }
}

/**
 * Return whether it is the address of a page, as trackers tell it.
 * @param {unknown} value
 * @returns {value is string}
 */
function isPage(value) {
  return typeof value === "string" && PAGE.test(value);
}
