/**
 * Searching messages: the query, the results, and jumping to a result. Pure.
 *
 * The tracker returns the newest matches, and older ones a page at a time (the command SEARCH of the capability
 * soju.im/search). `after` is checked here: the tracker would take it to mean the oldest first.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Query } from "../protocol/query.js"
 * @import { Answer } from "./questions.js"
 * @import { Session } from "./session.js"
 */

import { MAX_RESULTS, RESULTS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { asRoom, isRoom, splitRank } from "../protocol/names.js";
import { asAttributes, attributesOf, parseQuery } from "../protocol/query.js";
import { words } from "../words.js";
import { asEntry, newKey } from "./entries.js";
import { requestHistory } from "./history.js";
import { goTo } from "./past.js";

const BESIDE = 9; // messages, enough to find speech among joins and parts

/**
 * A search result. `place` is a room or a person; `context` is what was said right before and after it, null until
 * requested; `isOpen` says that the user wanted to go there, `problem` why that failed.
 * @typedef {{
 *   key: number, place: string, entry: Entry, context: {before: Entry[], after: Entry[]} | null, isOpen: boolean,
 *   problem: string,
 * }} Result
 */

/** One search, which lasts while its results are on screen. */
export class Search {
  constructor() {
    this.isOpen = false;
    this.typed = ""; // the text of the field once it is shown
    /** @type {Query | null} */
    this.query = null; // the last query
    this.isSearching = false;
    this.problem = "";
    /** @type {Result[]} */
    this.results = []; // the newest first
    this.beforeMs = Infinity; // where older ones begin
    this.hasMore = false;
  }
}

/**
 * Open the search, with these words if any.
 * @param {Session} session
 * @param {string} typed
 */
export function openSearch(session, typed = "") {
  const { search } = session;
  search.isOpen = true;
  if (!typed) return;
  search.typed = typed;
  find(session, typed);
}

/**
 * Search for what was typed.
 * @param {Session} session
 * @param {string} typed
 */
export function find(session, typed) {
  const { query, problem } = parseQuery(typed);
  const search = Object.assign(new Search(), { isOpen: true, typed, problem });
  session.search = search;
  if (problem) return;
  search.query = { ...query, place: placeMeant(session, query.place) };
  search.beforeMs = query.beforeMs;
  findMore(session);
}

/**
 * Return the room meant by a name without its #, if we are in it and nobody has that nick.
 * @param {Session} session
 * @param {string} word
 */
function placeMeant(session, word) {
  const room = word && !isRoom(word) && session.find(asRoom(word));
  const isSomebody = [...session.rooms.values()].some(({ members }) => members.has(casefold(word)));
  return room && !isSomebody && !session.find(word) ? room.name : word;
}

/**
 * Fetch older results.
 * @param {Session} session
 */
export function findMore(session) {
  const { search } = session;
  const { query } = search;
  if (!query || search.isSearching) return;
  Object.assign(search, { isSearching: true, problem: "" });
  // Results with the same time come again, as only a time says where to continue.
  const limit = RESULTS + search.results.filter(({ entry }) => entry.time === search.beforeMs).length;
  ask(session, attributesOf(query, search.beforeMs, limit), {
    take(messages) {
      search.isSearching = false;
      take(session, search, query, messages, limit);
      fetchContexts(session, search);
    },
    fail(text) {
      Object.assign(search, { isSearching: false, problem: text });
    },
  });
}

/**
 * Take note that the connection is lost: pending questions stay unanswered.
 * @param {Session} session
 */
export function searchLost({ search }) {
  if (search.isSearching) Object.assign(search, { isSearching: false, problem: words.common.lost });
}

/**
 * Jump to a result, and return true. For a room that we are not in, only its context is shown.
 * @param {Session} session
 * @param {Result} result
 */
export function openResult(session, result) {
  const room = isRoom(result.place) ? session.find(result.place) : session.talkTo(result.place);
  if (room && (room.isPrivate || room.isJoined)) {
    session.open(room);
    goTo(session, room, result.entry.id, () => {
      result.problem = words.search.gone;
    });
    return true;
  }
  result.isOpen = true;
  if (!result.context) fetchContextOutside(session, result);
  return false;
}

/**
 * @param {Session} session
 * @param {string} attributes
 * @param {Answer} answer
 */
function ask(session, attributes, answer) {
  session.order({ command: "SEARCH", params: [attributes] }, answer);
}

/**
 * Add results, newest first.
 * @param {Session} session
 * @param {Search} search
 * @param {Query} query
 * @param {Message[]} messages
 * @param {number} limit the number of messages in a full page
 */
function take(session, search, query, messages, limit) {
  const known = new Set(search.results.map(({ entry }) => entry.id));
  const found = messages.map((message) => asResult(session, message)).filter((result) => result !== null);
  const fresh = found.filter(({ entry }) => !known.has(entry.id) && (entry.time ?? 0) >= query.afterMs).reverse();
  search.results.push(...fresh.slice(0, MAX_RESULTS - search.results.length));
  const oldest = found[0]?.entry.time ?? 0;
  search.hasMore = messages.length >= limit && oldest >= query.afterMs && search.results.length < MAX_RESULTS;
  search.beforeMs = fresh.length ? oldest : oldest - 1;
}

/**
 * @param {Session} session
 * @param {Message} message
 * @returns {Result | null}
 */
function asResult(session, message) {
  const entry = asEntry(session, message);
  if (!entry) return null;
  const [, target] = splitRank(message.params[0] ?? "");
  const isOwn = entry.isMine || (session.account !== "" && message.tags.account === session.account);
  const place = isRoom(target) || isOwn ? target : message.nick;
  return { key: newKey(), place, entry, context: null, isOpen: false, problem: "" };
}

/**
 * Fetch the context of each result, one after another, where that is cheap: in our own rooms.
 * @param {Session} session
 * @param {Search} search
 */
function fetchContexts(session, search) {
  const isHere = (/** @type {string} */ place) => !isRoom(place) || session.find(place)?.isJoined;
  const result = search.results.find(({ context, place }) => !context && isHere(place));
  if (!result || session.search !== search || !search.isOpen) return;
  result.context = { before: [], after: [] };
  requestHistory(session, result.place, "AROUND", `msgid=${result.entry.id}`, BESIDE, {
    take(messages) {
      const entries = messages.map((message) => asEntry(session, message)).filter((entry) => entry !== null);
      const index = entries.findIndex(({ id }) => id === result.entry.id);
      if (index >= 0) result.context = { before: before(entries, index), after: entries.slice(index + 1, index + 2) };
      fetchContexts(session, search);
    },
    fail: () => fetchContexts(session, search),
  });
}

/**
 * Return the entries right before an index.
 * @param {Entry[]} entries
 * @param {number} index
 */
function before(entries, index) {
  return entries.slice(Math.max(0, index - 1), index);
}

/**
 * Fetch the context of a result in a room that we are not in but may read.
 * @param {Session} session
 * @param {Result} result
 */
function fetchContextOutside(session, result) {
  const { entry, place } = result;
  const context = { before: [], after: [] };
  result.context = context;
  const moment = new Date(entry.time ?? 0).toISOString();
  for (const side of /** @type {("before" | "after")[]} */ (["before", "after"])) {
    ask(session, asAttributes({ in: place, [side]: moment, limit: "3" }), {
      take(messages) {
        const entries = messages.map((message) => asEntry(session, message)).filter((found) => found !== null);
        const index = entries.findIndex(({ id }) => id === entry.id);
        const isBefore = side === "before";
        const beside = isBefore ? before(entries, index) : entries.slice(index + 1).slice(0, 1);
        if (index >= 0) Object.assign(context, { [side]: beside });
      },
      fail() {}, // the result itself is in it
    });
  }
}
