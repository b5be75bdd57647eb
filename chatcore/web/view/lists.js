/**
 * The members of a room.
 *
 * @import { Member, Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { MAX_SHOWN_MEMBERS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { colourOf } from "../protocol/names.js";
import { byId, make, reconcile } from "./dom.js";

const RANKS = "~&@%+";
/** @type {Object<string, string>} */
const ROLES = { "~": "owner", "&": "protected", "@": "operator", "%": "half operator", "+": "may speak" };

/**
 * Show who is in a room.
 * @param {Room | null} room
 * @param {Session} session
 * @param {(nick: string) => void} talk called with the one who is chosen
 */
export function showMembers(room, session, talk) {
  const members = room ? [...room.members.values()].sort(byRank) : [];
  byId("members").hidden = !room || room.isPrivate;
  byId("show-members").hidden = !room || room.isPrivate;
  byId("members-title").textContent = `Members (${members.length}${room?.hasMoreMembers ? " and more" : ""})`;
  const items = members.slice(0, MAX_SHOWN_MEMBERS).map(({ nick, prefix }) => {
    const isMe = session.isMe(nick);
    return { key: casefold(nick), look: `${nick}${prefix}${isMe}`, build: () => memberItem(nick, prefix, isMe, talk) };
  });
  const rest = members.length - items.length;
  const build = () => make("li", { class: "quiet" }, `and ${rest} more`);
  if (rest) items.push({ key: " ", look: String(rest), build });
  reconcile(byId("member-list"), items);
}

/**
 * @param {Member} one
 * @param {Member} other
 */
function byRank(one, other) {
  const rank = (/** @type {Member} */ { prefix }) => (prefix ? RANKS.indexOf(prefix) : RANKS.length);
  return rank(one) - rank(other) || one.nick.localeCompare(other.nick);
}

/**
 * @param {string} nick
 * @param {string} prefix
 * @param {boolean} isMe
 * @param {(nick: string) => void} talk
 */
function memberItem(nick, prefix, isMe, talk) {
  const role = ROLES[prefix] ?? "";
  const label = make("span", { class: "label", dir: "auto" }, nick);
  const marks = [
    prefix ? make("span", { class: "role", title: role, "aria-hidden": "true" }, prefix) : "",
    isMe ? make("span", { class: "role" }, "you") : "",
  ];
  const attributes = { type: "button", class: `name-${colourOf(nick)}`, onclick: () => talk(nick) };
  const words = [isMe ? "Notes to yourself" : `Write to ${nick} privately`, role].filter((word) => word).join(", ");
  return make("li", {}, make("button", { ...attributes, "aria-label": !isMe && words, title: words }, label, ...marks));
}
