/**
 * The search: its field, the results, and their context.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { Result, Search } from "../session/search.js"
 * @import { Session } from "../session/session.js"
 */

import { SEARCH } from "../protocol/capabilities.js";
import { colourOf, isRoom } from "../protocol/names.js";
import { markWords } from "../protocol/query.js";
import { words } from "../words.js";
import { byId, make, reconcile, setAttribute } from "./dom.js";

const covering = matchMedia("(max-width: 1023px)"); // then it covers the messages
const moment = new Intl.DateTimeFormat(undefined, {
  ...{ day: "numeric", month: "short", year: "numeric" },
  ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
});

/**
 * The user's actions here; `closeSearch` is told whether the user will want to write. `openResult` returns whether it
 * has jumped to the result.
 * @typedef {{
 *   openSearch: () => void, closeSearch: (isMove: boolean) => void, find: (typed: string) => void, findMore: () => void,
 *   openResult: (result: Result) => boolean, join: (name: string) => void,
 * }} SearchActions
 */

/** Shows the search of a session. */
export class SearchView {
  /** @param {SearchActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.panel = byId("search");
    this.field = byId("search-text", HTMLInputElement);
    /** @type {Search | null} */
    this.search = null; // the search whose words are in the field
    this.canSearch = false;
    byId("search-form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      actions.find(this.field.value);
    };
    byId("show-search").onclick = () => (this.isOpen ? actions.closeSearch(true) : this.open());
    byId("search-close").onclick = () => actions.closeSearch(true);
    byId("search-more").onclick = () => actions.findMore();
    document.addEventListener("keydown", (event) => {
      const isCalled = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "f";
      if (!isCalled || !this.canSearch || byId("chat").hidden) return;
      if (document.activeElement !== this.field) event.preventDefault(); // twice also opens the browser's own
      this.open();
    });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** Open it, or focus its field if it is open. */
  open() {
    if (this.isOpen) this.#focus();
    else this.actions.openSearch();
  }

  /**
   * Show the current state of the search.
   * @param {Session} session
   */
  show(session) {
    const { search } = session;
    const canSearch = session.tracker.can(SEARCH);
    const isNew = search.isOpen && !this.isOpen;
    this.canSearch = canSearch;
    byId("show-search").hidden = !canSearch;
    setAttribute(byId("show-search"), "aria-expanded", String(search.isOpen));
    byId("chat").classList.toggle("searching", search.isOpen);
    this.panel.hidden = !search.isOpen;
    if (search !== this.search) this.field.value = search.typed;
    this.search = search;
    if (isNew) this.#focus();
    if (search.isOpen) this.#showResults(session);
  }

  /** @param {Session} session */
  #showResults(session) {
    const { search } = session;
    const { problem, isSearching, results, hasMore } = search;
    byId("search-status").textContent = statusText(session);
    byId("search-status").classList.toggle("problem", Boolean(problem) && !isSearching);
    byId("search-hint").hidden = results.length > 0;
    byId("search-more").hidden = !hasMore || isSearching;
    const items = results.map((result) => {
      const isHere = session.find(result.place)?.isJoined ?? false;
      const beside = result.context ? result.context.before.length * 2 + result.context.after.length : "";
      const isShown = session.current?.target?.id === result.entry.id;
      const look = [beside, result.problem, result.isOpen, isHere, isShown].join();
      const build = () => this.#build(result, search.query?.words ?? "", { isHere, isShown });
      return { key: String(result.key), look, build };
    });
    reconcile(byId("search-results"), items);
  }

  #focus() {
    this.field.focus();
    this.field.select();
  }

  /** @param {Result} result */
  #open(result) {
    if (this.actions.openResult(result) && covering.matches) this.actions.closeSearch(false);
  }

  /**
   * @param {Result} result
   * @param {string} marked the words that were looked for
   * @param {{isHere: boolean, isShown: boolean}} look it is in one of the user's rooms; it is the result jumped to
   */
  #build(result, marked, { isHere, isShown }) {
    const { entry, place, context, problem } = result;
    const when = moment.format(entry.time);
    const head = make("span", { class: "label", dir: "auto" }, place);
    const time = make("time", { datetime: new Date(entry.time ?? 0).toISOString() }, when);
    const button = make(
      "button",
      {
        type: "button",
        class: "go",
        title: words.search.show,
        "aria-current": isShown && "true",
      },
      head,
      time,
    );
    button.onclick = () => this.#open(result);
    return make(
      "li",
      {},
      button,
      ...(context?.before ?? []).map((beside) => lineOf(beside, "beside", "")),
      lineOf(entry, "hit", marked),
      ...(context?.after ?? []).map((beside) => lineOf(beside, "beside", "")),
      problem ? make("p", { class: "why" }, problem) : "",
      result.isOpen && isRoom(place) && !isHere ? this.#outside(place) : "",
    );
  }

  /** @param {string} place */
  #outside(place) {
    const join = make("button", { type: "button", onclick: () => this.actions.join(place) }, words.common.join(place));
    return make("p", { class: "why" }, words.search.outside(place), join);
  }
}

/**
 * Say how a search is going; '' before there is one.
 * @param {Session} session
 */
function statusText({ search }) {
  const { query, isSearching, problem, results, hasMore } = search;
  if (isSearching) return words.search.busy;
  if (problem) return problem;
  if (!query) return "";
  if (!results.length) return words.search.nothing(query.words !== "" && !query.words.includes("*"));
  return words.search.found(results.length, !hasMore);
}

/**
 * @param {Entry} entry
 * @param {string} kind
 * @param {string} marked the words in it that were looked for
 */
function lineOf({ nick, kind: said, text }, kind, marked) {
  const pieces = markWords(text, marked).map((piece) =>
    piece.isMatch ? make("mark", {}, piece.text) : document.createTextNode(piece.text),
  );
  const name = make("span", { class: "nick", dir: "auto" }, nick);
  const attributes = { class: `${kind} name-${colourOf(nick)}` };
  return make(
    "p",
    attributes,
    said === "action" ? "* " : "",
    name,
    " ",
    make("span", { class: "text", dir: "auto" }, ...pieces),
  );
}
