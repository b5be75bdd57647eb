/**
 * Who is away, and who is logged in to which account, for people in our rooms and conversations. Pure.
 *
 * https://ircv3.net/specs/extensions/away-notify, /account-notify, /extended-join and /whox
 *
 * @import { Handler } from "./received.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_ASKED_WHO, MAX_MEMBERS } from "../protocol/bounds.js";
import { casefold, withoutFormatting } from "../protocol/irc.js";
import { timeOf } from "./entries.js";

const WHO_TOKEN = "747";
const WHO_FIELDS = `%tnfa,${WHO_TOKEN}`; // token, nick, flags, account: the tracker answers in this order
const NONE = new Set(["0", "*", ""]); // stands for no account
const AWAY_FLAG = "G";

/**
 * What is known of somebody. `since` (Unix, ms) is 0 if unknown; `why` may be ''.
 * @typedef {{isAway: boolean, why: string, since: number, account: string}} Person
 */

/** @returns {Person} */
function nobody() {
  return { isAway: false, why: "", since: 0, account: "" };
}

/** What is known of people, by name; people with nothing to tell have no record. */
export class People {
  /** @type {Map<string, Person>} */
  #known = new Map(); // by casefolded nick
  version = 0; // changes when anything does

  /**
   * Return what is known of somebody, or undefined if there is nothing to tell.
   * @param {string} nick
   */
  get(nick) {
    return this.#known.get(casefold(nick));
  }

  /**
   * Note a fact about somebody.
   * @param {string} nick
   * @param {Partial<Person>} facts
   */
  learn(nick, facts) {
    const key = casefold(nick);
    const known = this.#known.get(key);
    const person = { ...(known ?? nobody()), ...facts };
    if (!person.isAway) Object.assign(person, { why: "", since: 0 });
    const isWorth = person.isAway || person.account !== "";
    if (!isWorth && !known) return;
    if (isWorth && !known && this.#known.size >= MAX_MEMBERS) return;
    if (isWorth) this.#known.set(key, person);
    else this.#known.delete(key);
    this.version++;
  }

  /**
   * Keep the record of somebody who is renamed.
   * @param {string} had
   * @param {string} name
   */
  rename(had, name) {
    const known = this.get(had);
    this.forget(had);
    this.forget(name);
    if (known) this.learn(name, known);
  }

  /**
   * Forget somebody.
   * @param {string} nick
   */
  forget(nick) {
    if (this.#known.delete(casefold(nick))) this.version++;
  }

  clear() {
    this.#known.clear();
    this.version++;
  }
}

/** What the tracker says about us. */
export class Me {
  isAway = false;
  why = "";
  since = 0;
  wanted = ""; // the away text that we last sent
}

/**
 * Forget somebody who no longer shares a room or conversation with us.
 * @param {Session} session
 * @param {string} nick
 */
export function forgetGone(session, nick) {
  const key = casefold(nick);
  for (const room of session.rooms.values()) if (room.members.has(key)) return;
  if (!session.find(nick)) session.people.forget(nick);
}

/**
 * Forget the members of a room that we have left: nobody tells us of them now.
 * @param {Session} session
 * @param {Room} room
 */
export function forgetMembers(session, room) {
  const gone = [...room.members.values()];
  room.members.clear();
  for (const { nick } of gone) forgetGone(session, nick);
}

/**
 * Begin a new visit: we are here, and nothing is known of others yet.
 * @param {Session} session
 */
export function forgetPresence(session) {
  nowBackOf(session.me);
  session.people.clear();
  for (const room of session.rooms.values()) room.isGone = false;
}

/**
 * Ask who in a room is away, once, when it is first opened; not where the answer would be incomplete.
 * @param {Session} session
 * @param {Room} room
 */
export function askWho(session, room) {
  if (!session.isOnline || !room.isJoined || room.isWhoKnown || !room.members.size) return;
  room.isWhoKnown = true;
  if (room.members.size > MAX_ASKED_WHO) return;
  const fields = session.tracker.isupport.has("WHOX") ? [WHO_FIELDS] : [];
  session.order({ command: "WHO", params: [room.name, ...fields] }, { fail() {} });
}

/**
 * Set us away, or, without a text, back.
 * @param {Session} session
 * @param {string} text
 */
export function setAway(session, text) {
  session.me.wanted = text;
  session.order({ command: "AWAY", params: text ? [text] : [] });
}

/** @type {Handler} */
function awayNotified(session, message) {
  const { nick, params } = message;
  const why = withoutFormatting(params[0] ?? "");
  const facts = { isAway: params.length > 0 && params[0] !== "", why, since: timeOf(message) || session.tracker.clock };
  if (session.isMe(nick)) Object.assign(session.me, facts);
  else session.people.learn(nick, facts);
}

/** @type {Handler} */
function accountNotified(session, { nick, params }) {
  const account = named(params[0]);
  if (session.isMe(nick)) session.account = account;
  else session.people.learn(nick, { account });
}

/** @type {Handler} */
function nowAway(session, message) {
  const { me } = session;
  const since = timeOf(message) || session.tracker.clock;
  Object.assign(me, { isAway: true, why: me.wanted, since: me.isAway && me.why === me.wanted ? me.since : since });
}

/** @type {Handler} */
function nowBack(session) {
  nowBackOf(session.me);
}

/** @param {Me} me */
function nowBackOf(me) {
  Object.assign(me, new Me());
}

/**
 * Take one line of the answer to our WHO.
 * @type {Handler}
 */
function whoSays(session, { params }) {
  const [, token, nick = "", flags = "", account] = params;
  if (token === WHO_TOKEN) learnFlags(session, nick, flags, named(account));
}

/**
 * Take a WHO line of a tracker without WHOX, or the answer to a command that the user typed.
 * @type {Handler}
 */
function whoReplies(session, { params }) {
  const [, , , , , nick = "", flags = ""] = params;
  learnFlags(session, nick, flags, session.people.get(nick)?.account ?? "");
}

/**
 * @param {Session} session
 * @param {string} nick
 * @param {string} flags
 * @param {string} account
 */
function learnFlags(session, nick, flags, account) {
  const isAway = flags.startsWith(AWAY_FLAG);
  if (!session.isMe(nick)) session.people.learn(nick, { isAway, account });
}

/**
 * Return an account's name, '' for none.
 * @param {string | undefined} word
 */
export function named(word = "") {
  return NONE.has(word) ? "" : word;
}

/**
 * Messages about people's presence: rows of the table in received.js.
 * @type {Object<string, Handler>}
 */
export const PRESENCE = {
  305: nowBack,
  306: nowAway,
  352: whoReplies,
  354: whoSays,
  ACCOUNT: accountNotified,
  AWAY: awayNotified,
};
