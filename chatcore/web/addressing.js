/**
 * The address of the page is where one is in the chat (`#room=dev`, `#with=ann`), so that Back and Forward lead from room
 * to room, and a bookmark there. Going somewhere makes an entry of the browser's history, what happens by itself none. On
 * a phone, what lies above the conversation has an entry of its own while it is open, so that Back closes it.
 *
 * Nothing else may be in the address: what a link says beside is taken out by address.js and `takeLink`.
 *
 * @import { Link } from "./protocol/link.js"
 * @import { Room } from "./session/room.js"
 * @import { Session } from "./session/session.js"
 */

import { linkTo, parseFragment } from "./protocol/link.js";

/**
 * What an entry of the history has with it: the fragment of the address, and whether something lies above.
 * @typedef {{place: string, isAbove: boolean}} Entry
 */

/** Keeps the address and the history. */
export class Addressing {
  /** @type {Entry | null} */
  #at = null; // the entry that the browser is at, if it is one of ours
  #moves = 0; // of the person, as last seen
  #isFresh = false; // the next move is what this entry was made for
  #isGoing = false; // back, and not yet there

  /**
   * @param {{go: (place: Link) => boolean, isAbove: () => boolean, closeAbove: () => boolean}} actions `go` is called when
   *   the person goes back or forward to a place, and returns whether it is still there; the others know of what lies above
   *   the conversation, and close the uppermost of it
   */
  constructor(actions) {
    this.actions = actions;
    addEventListener("popstate", ({ state }) => this.#arrive(state));
  }

  /** Whether the browser is at an entry of ours, and not at a link that is yet to be followed. */
  get isOurs() {
    return asEntry(history.state) !== null;
  }

  /**
   * Have the address say where one is.
   * @param {Session} session
   * @param {boolean} isShown the page shows the session as it is; else it is yet to be seen what lies above
   */
  show(session, isShown = true) {
    const place = session.current ? fragmentOf(session.current) : session.rooms.size ? (this.#at?.place ?? "") : "";
    const isMove = session.moves !== this.#moves;
    this.#moves = session.moves;
    if (this.#isGoing) return;
    const at = this.#at;
    const isNew = isMove && !this.#isFresh && at !== null && !at.isAbove; // what lies above is closed by that
    if (place !== at?.place) this.#put({ place, isAbove: false }, isNew);
    else if (isShown) this.#settle(at);
    if (isMove || !session.wanted.opening) this.#isFresh = false;
  }

  /**
   * Have the address say what a link does that is yet to be followed, but for its secrets; or else where one will be.
   * @param {Link} link
   * @param {Room | null} current
   */
  showLink({ room, person, message }, current = null) {
    const leads = linkTo("", { room, person, message });
    this.#put({ place: leads || (current ? fragmentOf(current) : ""), isAbove: false });
    this.#at = null;
  }

  /** The person is yet to get to where they go: no entry more than there is. */
  expect() {
    this.#isFresh = true;
  }

  /** A link was followed from an entry of its own: that is where it leads to, or else where one stays. */
  follow() {
    if (this.#at) this.#put({ ...this.#at, isAbove: false });
    this.#isFresh = true;
  }

  /**
   * Have an entry for what lies above the conversation, or no more.
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
   * @param {boolean} isNew beside the one that there is
   */
  #put(entry, isNew = false) {
    this.#at = entry;
    const address = location.pathname + location.search + entry.place;
    if (isNew) history.pushState(entry, "", address);
    else history.replaceState(entry, "", address);
  }

  /**
   * The person, or we, have gone back or forward.
   * @param {unknown} state
   */
  #arrive(state) {
    const entry = asEntry(state);
    if (!entry) return; // another link: it is followed
    const wasGoing = this.#isGoing;
    this.#isGoing = false;
    const isChatOpen = this.#at !== null;
    this.#at = entry;
    if (wasGoing) this.#settle(entry); // something may have been opened meanwhile
    if (wasGoing || this.actions.closeAbove()) return;
    if (entry.isAbove) {
      this.#isGoing = true;
      history.back(); // what lay above is closed
    } else if (!this.actions.go(parseFragment(entry.place)) && isChatOpen) this.#at = { ...entry, place: "?" };
  }
}

/** @param {{name: string, isPrivate: boolean}} room */
function fragmentOf({ name, isPrivate }) {
  return linkTo("", isPrivate ? { person: name } : { room: name });
}

/**
 * Return the entry of ours that a state is, null if it is none.
 * @param {unknown} state
 * @returns {Entry | null}
 */
function asEntry(state) {
  const entry = /** @type {Partial<Entry> | null} */ (state);
  return typeof entry?.place === "string" ? { place: entry.place, isAbove: entry.isAbove === true } : null;
}
