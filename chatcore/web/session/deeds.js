/**
 * What can be done with the person on a card: one row per action, saying when it is offered and what it does. Pure.
 *
 * @import { Outgoing } from "../protocol/irc.js"
 * @import { Card } from "./card.js"
 * @import { Session } from "./session.js"
 */

import { REGISTRATION } from "../protocol/capabilities.js";
import { words } from "../words.js";
import { canModerate } from "./card.js";
import { ignore } from "./ignored.js";
import { MUTE } from "./modes.js";
import { setAway } from "./presence.js";
import { keepsOrder } from "./roster.js";

/**
 * One action. `area` is where its button stands, `asks` is what it needs ("reason", which is optional, or "name" or
 * "text"), `isGrave` makes its button look dangerous. `run` returns whether the card can close.
 * @typedef {{
 *   area: "self" | "person" | "room" | "chat", asks?: "reason" | "name" | "text", isGrave?: boolean,
 *   isOffered: (session: Session, card: Card) => boolean,
 *   run: (session: Session, card: Card, text: string) => boolean | void,
 * }} Deed
 */

/** @type {Object<string, Deed>} */
export const DEEDS = {
  write: {
    area: "person",
    isOffered: (session, card) => !isSelf(session, card),
    run: (session, { nick }) => session.talkTo(nick) !== null,
  },
  mention: {
    area: "person",
    isOffered: (session, card) => !isSelf(session, card) && card.room?.isJoined === true && card.isInRoom,
    run: () => true, // the view owns the message box
  },
  ignore: {
    area: "person",
    isOffered: (session, card) => !isSelf(session, card) && !session.ignored.has(card.nick),
    run(session, card) {
      if (ignore(session, card.nick)) card.told = done("ignore", card);
      else card.problem = words.card.tooManyIgnored;
    },
  },
  unignore: {
    area: "person",
    isOffered: (session, card) => session.ignored.has(card.nick),
    run(session, card) {
      session.ignored.remove(card.nick);
      card.told = done("unignore", card);
    },
  },
  away: {
    area: "self",
    asks: "text",
    isOffered: (session, card) => isSelf(session, card) && session.isOnline && !session.me.isAway,
    run: (session, _, text) => setAway(session, text || words.presence.away),
  },
  back: {
    area: "self",
    isOffered: (session, card) => isSelf(session, card) && session.isOnline && session.me.isAway,
    run: (session) => setAway(session, ""),
  },
  rename: {
    area: "self",
    asks: "name",
    isOffered: (session, card) => isSelf(session, card) && session.isOnline,
    run(session, card, name) {
      if (!name || /\s/.test(name)) card.problem = words.card.whichName;
      else order(session, card, "rename", { command: "NICK", params: [name] });
    },
  },
  register: {
    area: "self",
    isOffered: (session, card) =>
      isSelf(session, card) && session.isOnline && !session.account && session.tracker.can(REGISTRATION),
    run: (session) => (session.orders.isRegistering = true), // which asks for the password
  },
  quit: { area: "self", isOffered: isSelf, run: () => true }, // the page handles it
  giveOperator: rank("+o", (prefix) => !keepsOrder(prefix)),
  takeOperator: rank("-o", keepsOrder),
  giveVoice: rank("+v", (prefix) => prefix === ""),
  takeVoice: rank("-v", (prefix) => prefix === "+"),
  mute: ban("mute", "+b", (card) => !card.isMuted && card.isInRoom),
  unmute: ban("mute", "-b", (card) => card.isMuted),
  kick: {
    area: "room",
    asks: "reason",
    isGrave: true,
    isOffered: (session, card) => maySee(session, card) && card.isInRoom,
    run: (session, card, reason) => kick(session, card, "kick", reason),
  },
  ban: { ...ban("ban", "+b", (card) => !card.isBanned), asks: "reason", isGrave: true },
  unban: ban("ban", "-b", (card) => card.isBanned),
  kill: {
    area: "chat",
    asks: "reason",
    isGrave: true,
    isOffered: (session, card) =>
      !isSelf(session, card) && session.isOnline && session.orders.isOperator && card.state !== "gone",
    run(session, card, reason) {
      order(session, card, "kill", { command: "KILL", params: [card.nick, reason || words.card.noReason] });
    },
  },
};

/**
 * Return the names of the actions available now, in order.
 * @param {Session} session
 * @param {Card} card
 */
export function offered(session, card) {
  return Object.keys(DEEDS).filter((name) => DEEDS[name]?.isOffered(session, card));
}

/**
 * Run an action, or ask first for what it needs. Returns whether to close the card.
 * @param {Session} session
 * @param {Card} card
 * @param {string} name
 * @param {string | null} text what the user was asked for; null before that
 */
export function act(session, card, name, text = null) {
  const deed = DEEDS[name];
  if (!deed?.isOffered(session, card) || card.busy) return false;
  Object.assign(card, { told: "", problem: "", asking: "" });
  if (deed.asks && text === null) {
    card.asking = name;
    return false;
  }
  return deed.run(session, card, text?.trim() ?? "") === true;
}

/**
 * @param {Session} session
 * @param {Card} card
 */
function isSelf(session, { nick }) {
  return session.isMe(nick);
}

/**
 * Return whether the card shows somebody on whom we may act in its room.
 * @param {Session} session
 * @param {Card} card
 */
function maySee(session, card) {
  return !isSelf(session, card) && session.isOnline && canModerate(session, card.room);
}

/**
 * Return an action that gives or takes a rank.
 * @param {"+o" | "-o" | "+v" | "-v"} mode
 * @param {(prefix: string) => boolean} isOf
 * @returns {Deed}
 */
function rank(mode, isOf) {
  const name = { "+o": "giveOperator", "-o": "takeOperator", "+v": "giveVoice", "-v": "takeVoice" }[mode];
  return {
    area: "room",
    isOffered: (session, card) => maySee(session, card) && card.isInRoom && isOf(card.prefix),
    run: (session, card) => change(session, card, name, mode, card.nick),
  };
}

/**
 * Return an action that bans or mutes by name, or undoes that.
 * @param {"ban" | "mute"} what
 * @param {"+b" | "-b"} mode
 * @param {(card: Card) => boolean} isOf
 * @returns {Deed}
 */
function ban(what, mode, isOf) {
  const isAdding = mode === "+b";
  const name = isAdding ? what : `un${what}`;
  const isPossible = (/** @type {Session} */ { tracker }) =>
    what === "ban" || /^,.*m/.test(tracker.isupport.get("EXTBAN") ?? "");
  return {
    area: "room",
    isOffered: (session, card) => maySee(session, card) && isPossible(session) && isOf(card),
    run(session, card, reason) {
      const then = () => {
        Object.assign(card, what === "ban" ? { isBanned: isAdding } : { isMuted: isAdding });
        if (name === "ban" && card.isInRoom) kick(session, card, name, reason);
      };
      change(session, card, name, mode, what === "ban" ? card.nick : MUTE + card.nick, then);
    },
  };
}

/**
 * @param {Session} session
 * @param {Card} card
 * @param {string} name
 * @param {string} mode
 * @param {string} param
 */
function change(session, card, name, mode, param, then = () => {}) {
  order(session, card, name, { command: "MODE", params: [card.room?.name ?? "", mode, param] }, then);
}

/**
 * @param {Session} session
 * @param {Card} card
 * @param {string} name
 * @param {string} reason
 */
function kick(session, card, name, reason) {
  const params = [card.room?.name ?? "", card.nick, ...(reason ? [reason] : [])];
  order(session, card, name, { command: "KICK", params });
}

/**
 * Send the tracker a command, and show the result on the card.
 * @param {Session} session
 * @param {Card} card
 * @param {string} name of the deed
 * @param {Outgoing} message
 */
function order(session, card, name, message, then = () => {}) {
  card.busy = name;
  session.order(message, {
    take() {
      Object.assign(card, { busy: "", told: done(name, card) });
      if (name === "rename") card.nick = session.nick;
      then();
    },
    fail: (problem) => Object.assign(card, { busy: "", problem }),
  });
}

/**
 * Say on the card that something was done.
 * @param {string} name of the deed
 * @param {Card} card
 */
function done(name, { nick, room }) {
  return words.card.done[name]?.(nick, room?.name ?? "") ?? "";
}
