/**
 * Where and when a lost connection is tried again: at the last tracker, then at the chat's others, if it has any
 * (docs/trackers.md). Pure.
 *
 * Another tracker is another origin. The browser lets the page connect there only if it trusts the certificate, if the
 * page's policy names that tracker, as it does for those that existed when the page was opened, and if that tracker takes
 * this page for one of the chat's. Otherwise the person can go there by a link. A link never has the token: a person who
 * opens somebody else's link must not become them.
 *
 * @import { Message } from "../protocol/irc.js"
 */

import { MAX_TRACKERS } from "../protocol/bounds.js";

const BACK_OFF_S = [0.5, 1, 2, 4, 8];
const MAX_BACK_OFF_S = 15;
const ROUNDS_WHEN_GONE = 3; // rounds of the others once the tracker has shut down: after those, they have too
const TOLD = /;page=([^;]*)/;
const PAGE = /^https:\/\/[\w.:[\]-]{1,260}\/$/;

/**
 * Where we are, and the chat's other trackers, each as its page's address; `at` is '' for the tracker of this page.
 * @typedef {{at: string, pages: string[]}} Known
 */

/** One person's route, over any number of lost connections. */
export class Route {
  /** @type {string[]} */
  #told = []; // what has come of a list that is not complete yet
  /** @type {string[]} */
  #left = []; // to try in this round
  #rounds = 0;
  #isGone = false; // the last tracker has shut down

  /** @param {string} home the tracker of this page, the first one tried */
  constructor(home) {
    this.home = home;
    this.here = home; // where we are, or were last
    this.url = home; // where to try
    this.movedTo = ""; // the host of the tracker that we have moved to, '' if it is the same as before
    /** @type {string[]} */
    this.pages = []; // those of the other trackers
  }

  /**
   * Take over a tracker's list of the others.
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
   * Note that we are in.
   * @param {boolean} isTold whether the tracker will list the others
   */
  arrive(isTold) {
    if (!isTold) this.pages = [];
    this.movedTo = this.url === this.here ? "" : new URL(this.url).host;
    this.here = this.url;
    this.renew();
  }

  /**
   * What the next page in this tab needs to know.
   * @returns {Known}
   */
  get known() {
    const at = this.here === this.home ? "" : `https://${new URL(this.here).host}/`;
    return { at, pages: this.pages };
  }

  /**
   * Continue with what the last page in this tab knew. It may have been of any version, and may have kept nothing.
   * @param {Partial<Known>} known
   */
  goOn({ at, pages = [] }) {
    this.pages = Array.isArray(pages) ? pages.filter(isPage).slice(0, MAX_TRACKERS) : [];
    this.here = isPage(at) ? this.#socketOf(at) : this.home;
  }

  /** Begin to log in: try the last tracker, and then each of the others once. */
  begin() {
    this.renew();
    this.#left = this.#others();
  }

  /** Forget what has been tried. */
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

  /** Whether this round has a place that has not been tried yet. */
  get isUnderway() {
    return this.#left.length > 0;
  }

  /** Whether all places have been tried in vain. */
  get isHard() {
    return this.#rounds > 1;
  }

  /**
   * Choose where to try next after a loss; return after how many seconds, -1 if no tracker is left.
   * @param {"visit" | "chat" | "run"} ending what has ended; a tracker that will be back soon is given time
   * @param {boolean} isSilent the tracker did not answer: it is tried last then, as that takes long
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

  /** Return the other trackers, from a random start, so that pages spread over them; the page's own comes last. */
  #others() {
    const start = Math.floor(Math.random() * this.pages.length);
    const found = [...this.pages.slice(start), ...this.pages.slice(0, start)].map((page) => this.#socketOf(page));
    return [...new Set([...found, this.home])].filter((url) => url !== this.here);
  }

  /** @param {string} page */
  #socketOf(page) {
    const url = new URL("irc", page);
    url.protocol = new URL(this.home).protocol; // a page that came over TLS never goes on without it
    return url.href;
  }
}

/**
 * Return whether a value is a page's address as trackers write it.
 * @param {unknown} value
 * @returns {value is string}
 */
function isPage(value) {
  return typeof value === "string" && PAGE.test(value);
}
