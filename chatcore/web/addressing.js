/**
 * The page's address names the current room or conversation (`#room=dev`, `#with=ann`), so that Back and Forward go from
 * room to room and a bookmark opens one. Only a move by the person adds an entry to the browser's history. On a phone,
 * whatever is open above the conversation has an entry of its own, so that Back closes it.
 *
 * Nothing else may be in the address: address.js and `takeLink` remove the other parts of a link.
 *
 * @import { Link } from "./protocol/link.js"
 * @import { Room } from "./session/room.js"
 * @import { Session } from "./session/session.js"
 */

import { linkTo, parseFragment } from "./protocol/link.js";

/**
 * The state of a history entry: the fragment of its address, and whether something is open above the conversation.
 * @typedef {{place: string, isAbove: boolean}} Entry
 */

/** Keeps the address and the browser's history up to date. */
export class Addressing {
  /** @type {Entry | null} */
  #at = null; // the browser's current entry, if it is ours
  #moves = 0; // the person's, as last counted
  #isFresh = false; // the current entry was made for the next move
  #isGoing = false; // on the way back, and not there yet

  /**
   * @param {{go: (place: Link) => boolean, isAbove: () => boolean, closeAbove: () => boolean}} actions `go` is called when
   *   the person goes back or forward to a place, and returns whether that still exists; `isAbove` tells whether something
   *   is open above the conversation, and `closeAbove` closes the topmost
   */
  constructor(actions) {
    this.actions = actions;
    addEventListener("popstate", ({ state }) => this.#arrive(state));
  }

  /** Whether the browser is at one of our entries, not at a link that is still to be followed. */
  get isOurs() {
    return asEntry(history.state) !== null;
  }

  /**
   * Set the address to the current place.
   * @param {Session} session
   * @param {boolean} isShown whether the page shows the session as it is; otherwise what is open above may still change
   */
  show(session, isShown = true) {
    const place = session.current ? fragmentOf(session.current) : session.rooms.size ? (this.#at?.place ?? "") : "";
    const isMove = session.moves !== this.#moves;
    this.#moves = session.moves;
    if (this.#isGoing) return;
    const at = this.#at;
    const isNew = isMove && !this.#isFresh && at !== null && !at.isAbove; // a move closes what is open above
    if (place !== at?.place) this.#put({ place, isAbove: false }, isNew);
    else if (isShown) this.#settle(at);
    if (isMove || !session.wanted.opening) this.#isFresh = false;
  }

  /**
   * Set the address to a link that is still to be followed, without its secrets, or else to the current room.
   * @param {Link} link
   * @param {Room | null} current
   */
  showLink({ room, person, message }, current = null) {
    const leads = linkTo("", { room, person, message });
    this.#put({ place: leads || (current ? fragmentOf(current) : ""), isAbove: false });
    this.#at = null;
  }

  /** Let the next move use the current entry, and add none. */
  expect() {
    this.#isFresh = true;
  }

  /** Let a link keep the entry that the browser made for it: for the place that it leads to, or else the current one. */
  follow() {
    if (this.#at) this.#put({ ...this.#at, isAbove: false });
    this.#isFresh = true;
  }

  /**
   * Add an entry if something is open above the conversation, or go back from one if nothing is.
   * @param {Entry} at
   */
  #settle(at) {
    const isAbove = this.actions.isAbove();
    if (isAbove && !at.isAbove) this.#put({ ...at, isAbove }, true);
    else if (at.isAbove && !isAbove) {
      this.#isGoing = true;
      history.back();
    }
  }

  /**
   * @param {Entry} entry
   * @param {boolean} isNew whether to add it, rather than replace the current one
   */
  #put(entry, isNew = false) {
    this.#at = entry;
    const address = location.pathname + location.search + entry.place;
    if (isNew) history.pushState(entry, "", address);
    else history.replaceState(entry, "", address);
  }

  /**
   * Handle a move back or forward in the history, by the person or by ourselves.
   * @param {unknown} state
   */
  #arrive(state) {
    const entry = asEntry(state);
    if (!entry) return; // another link, which is followed on hashchange
    const wasGoing = this.#isGoing;
    this.#isGoing = false;
    const isChatOpen = this.#at !== null;
    this.#at = entry;
    if (wasGoing) this.#settle(entry); // something may have been opened meanwhile
    if (wasGoing || this.actions.closeAbove()) return;
    if (entry.isAbove) {
      this.#isGoing = true;
      history.back(); // what was open above is closed
    } else if (!this.actions.go(parseFragment(entry.place)) && isChatOpen) this.#at = { ...entry, place: "?" };
  }
}

/** @param {{name: string, isPrivate: boolean}} room */
function fragmentOf({ name, isPrivate }) {
  return linkTo("", isPrivate ? { person: name } : { room: name });
}

/**
 * Return a history state as an entry of ours, null if it is not one.
 * @param {unknown} state
 * @returns {Entry | null}
 */
function asEntry(state) {
  const entry = /** @type {Partial<Entry> | null} */ (state);
  return typeof entry?.place === "string" ? { place: entry.place, isAbove: entry.isAbove === true } : null;
}
