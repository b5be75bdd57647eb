/**
 * The list of rooms, in place of a conversation: narrow it down, enter a room, or create one.
 *
 * @import { Item } from "./dom.js"
 * @import { Fitting, Found } from "../session/finding.js"
 * @import { Session } from "../session/session.js"
 */

import { casefold } from "../protocol/irc.js";
import { fitting, placeBefore } from "../session/finding.js";
import { words } from "../words.js";
import { Choices } from "./choices.js";
import { byId, make } from "./dom.js";
import { pageAddress } from "./share.js";

/**
 * The user's actions: `findRooms` gets the text of the field, `findMore` is called when they pause.
 * @typedef {{
 *   openFinder: () => void, closeFinder: () => void, refreshRooms: () => void, narrowRooms: (typed: string) => void,
 *   moreRooms: () => void, enter: (name: string, key: string) => void,
 * }} FinderActions
 */

const PAUSE_MS = 400; // a pause in typing before the tracker is asked

/** Shows the rooms while the user looks for one. */
export class FinderView {
  #pause = 0;
  /** @type {Session | null} */
  #session = null;
  /** @type {Fitting | null} */
  #fitting = null;

  /**
   * @param {FinderActions} actions
   * @param {() => void} leave moves the focus away after the finder is closed
   */
  constructor(actions, leave) {
    this.actions = actions;
    this.leave = leave;
    this.panel = byId("finder");
    this.input = byId("finder-text", HTMLInputElement);
    this.choices = new Choices(this.input, byId("finder-list"), {
      typed: (text) => this.#typed(text),
      choose: (name) => actions.enter(name, this.#fitting?.key ?? ""),
    });
    byId("find-room").onclick = () => actions.openFinder();
    byId("finder-close").onclick = () => actions.closeFinder();
    byId("finder-refresh").onclick = () => actions.refreshRooms();
    this.panel.onkeydown = (event) => {
      if (event.key === "Escape" && !event.isComposing) actions.closeFinder();
    };
  }

  /**
   * Show the finder, if it is open.
   * @param {Session} session
   */
  show(session) {
    const isOpen = session.finding.isOpen && !session.current;
    this.#session = session;
    if (isOpen === this.panel.hidden) this.#turn(isOpen, session.finding.typed);
    if (!isOpen) return;
    const fit = fitting(session, pageAddress());
    this.#fitting = fit;
    byId("finder-close").hidden = !placeBefore(session);
    byId("finder-status").textContent = statusOf(session, fit);
    this.choices.show([...fit.shown.map(asItem), ...fit.fresh.map(freshItem)]);
  }

  /**
   * @param {boolean} isOpen
   * @param {string} typed
   */
  #turn(isOpen, typed) {
    const hadFocus = this.panel.contains(document.activeElement);
    clearTimeout(this.#pause);
    this.panel.hidden = !isOpen;
    byId("talk").classList.toggle("finding", isOpen);
    if (isOpen) byId("find-room").setAttribute("aria-current", "true");
    else byId("find-room").removeAttribute("aria-current");
    if (!isOpen && hadFocus) this.leave();
    if (!isOpen) return;
    this.input.value = typed;
    this.choices.reset();
    if (!matchMedia("(pointer: coarse)").matches) this.input.focus();
  }

  /** @param {string} text */
  #typed(text) {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.actions.moreRooms(), PAUSE_MS);
    this.actions.narrowRooms(text);
    if (this.#session) this.show(this.#session); // at once: Enter may follow before the next frame
  }
}

/**
 * @param {Session} session
 * @param {Fitting} fit
 */
function statusOf({ finding, rooms }, { shown, count, fresh, problem }) {
  if (problem) return problem;
  if (finding.problem) return finding.problem;
  if (finding.isAsking && !finding.listed.size) return words.finder.asking;
  if (!count) return fresh.length ? words.finder.none : words.finder.nothing;
  const told = shown.length < count ? words.finder.some(shown.length, count) : words.finder.all(count);
  const partial = finding.isPartial && !finding.typed ? words.finder.partial : "";
  const nowhere = rooms.size ? "" : words.finder.nowhere;
  return [nowhere, told, partial].filter((sentence) => sentence).join(" ");
}

/**
 * @param {Found} found
 * @returns {Item}
 */
function asItem({ name, topic, members, isHere, inviter }) {
  const build = () =>
    make(
      "li",
      {},
      make("span", { class: "label", dir: "auto" }, name),
      make("span", { class: "count" }, members ? words.finder.members(members) : ""),
      make("span", { class: "act" }, isHere ? words.finder.here : words.finder.join),
      inviter ? make("span", { class: "about invited" }, words.finder.invited(inviter)) : "",
      topic ? make("span", { class: "about", dir: "auto" }, topic) : "",
    );
  return { key: name, look: JSON.stringify([topic, members, isHere, inviter]), build };
}

/**
 * @param {string} name
 * @returns {Item}
 */
function freshItem(name) {
  const build = () =>
    make("li", { class: "fresh" }, make("span", { class: "label", dir: "auto" }, words.finder.create(name)));
  return { key: name, look: casefold(name), build };
}
