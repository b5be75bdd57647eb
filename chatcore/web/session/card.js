/**
 * A person's card: who they are, according to the tracker, and which actions are offered (deeds.js). Pure.
 *
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 * @import { Message } from "../protocol/irc.js"
 */

import { MAX_SHARED } from "../protocol/bounds.js";
import { casefold, withoutFormatting } from "../protocol/irc.js";
import { momentOf } from "../protocol/moments.js";
import { isRoom } from "../protocol/names.js";
import { MUTE, whom } from "./modes.js";
import { named } from "./presence.js";
import { keepsOrder } from "./roster.js";

const BANNED = "367";

/**
 * What the tracker says about somebody. `rooms` are those we share; times are Unix, in ms, and 0 if unknown.
 * @typedef {{address: string, realname: string, account: string, isOperator: boolean, isBot: boolean, rooms: string[],
 *   activeAt: number, cameAt: number}} Facts
 */

/** An open card. */
export class Card {
  /** @type {"asking" | "known" | "gone"} */
  state = "asking";
  /** @type {Facts} */
  facts = {
    address: "",
    realname: "",
    account: "",
    isOperator: false,
    isBot: false,
    rooms: [],
    activeAt: 0,
    cameAt: 0,
  };
  isBanned = false; // from the room, by name
  isMuted = false;
  areBansKnown = false;
  busy = ""; // the name of the running action
  asking = ""; // the name of the action that needs more, such as a reason
  told = ""; // what was done
  problem = ""; // why it failed, in the tracker's words

  /**
   * @param {string} nick
   * @param {Room | null} room where their name was clicked; the card's actions apply there
   */
  constructor(nick, room) {
    this.nick = nick;
    this.room = room;
  }

  /** Their rank in the room, '' for none. */
  get prefix() {
    return this.room?.members.get(casefold(this.nick))?.prefix ?? "";
  }

  /** Whether they are in the room. */
  get isInRoom() {
    return this.room?.members.has(casefold(this.nick)) === true;
  }
}

/**
 * Open somebody's card, and ask the tracker about them.
 * @param {Session} session
 * @param {string} nick
 */
export function openCard(session, nick) {
  const room = session.current?.isPrivate ? null : session.current;
  const known = session.find(nick)?.name ?? room?.members.get(casefold(nick))?.nick ?? nick;
  const card = new Card(known, room);
  session.card = card;
  if (!session.isOnline || /[\s,:*?]/.test(nick)) {
    card.state = "known";
    return;
  }
  session.order(
    { command: "WHOIS", params: [nick] },
    {
      take: (messages) => takeWhois(session, card, messages),
      fail: () => Object.assign(card, { state: "gone" }),
    },
  );
  if (canModerate(session, room) && !session.isMe(nick)) askForBans(session, card);
}

/** @param {Session} session */
export function closeCard(session) {
  session.card = null;
}

/**
 * Take note that the connection is lost: no more answers will come.
 * @param {Session} session
 */
export function cardLost({ card }) {
  if (card) Object.assign(card, { busy: "", state: card.state === "asking" ? "known" : card.state });
}

/**
 * Return whether we may kick, ban and so on in a room.
 * @param {Session} session
 * @param {Room | null} room
 */
export function canModerate(session, room) {
  if (!room?.isJoined) return false;
  return session.orders.isOperator || keepsOrder(room.members.get(casefold(session.nick))?.prefix ?? "");
}

/** @type {Object<string, (facts: Facts, params: string[], session: Session) => void>} */
const WHOIS = {
  311(facts, [, , user = "", host = "", , realname = ""]) {
    Object.assign(facts, { address: `${user}@${host}`, realname: withoutFormatting(realname) });
  },
  313: (facts) => Object.assign(facts, { isOperator: true }),
  317(facts, [, , idle, signon], { tracker }) {
    const seconds = Number(idle);
    if (tracker.clock && seconds >= 0) facts.activeAt = momentOf(tracker.clock - seconds * 1000);
    facts.cameAt = momentOf(Number(signon) * 1000);
  },
  319(facts, [, , list = ""], session) {
    const names = list.split(" ").map((word) => word.replace(/^[~&@%+]*/, ""));
    const shared = names.filter((name) => isRoom(name) && session.find(name)?.isJoined);
    facts.rooms = [...facts.rooms, ...shared].slice(0, MAX_SHARED);
  },
  330: (facts, [, , account]) => Object.assign(facts, { account: named(account) }),
  335: (facts) => Object.assign(facts, { isBot: true }),
};

/**
 * @param {Session} session
 * @param {Card} card
 * @param {Message[]} messages
 */
function takeWhois(session, card, messages) {
  for (const { command, params } of messages) WHOIS[command]?.(card.facts, params, session);
  const nick = messages.find(({ command }) => command === "311")?.params[1];
  Object.assign(card, { state: nick ? "known" : "gone", nick: nick || card.nick });
  if (!nick || session.isMe(nick)) return;
  const isAway = messages.some(({ command }) => command === "301");
  session.people.learn(nick, { account: card.facts.account, ...(isAway ? {} : { isAway }) });
}

/**
 * Ask whether somebody is banned or muted in the room of the card.
 * @param {Session} session
 * @param {Card} card
 */
function askForBans(session, card) {
  const take = (/** @type {Message[]} */ messages) => {
    const masks = messages.filter(({ command }) => command === BANNED).map(({ params }) => params[2] ?? "");
    const isIt = (/** @type {string} */ mask) => casefold(whom(mask)) === casefold(card.nick);
    card.isBanned = masks.some((mask) => isIt(mask) && !mask.startsWith(MUTE));
    card.isMuted = masks.some((mask) => isIt(mask) && mask.startsWith(MUTE));
    card.areBansKnown = true;
  };
  session.order({ command: "MODE", params: [card.room?.name ?? "", "+b"] }, { take, fail() {} });
}
