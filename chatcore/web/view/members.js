/**
 * The members of a room, in groups; in a large room, filtered by a typed part of the name.
 *
 * It may be called on every change: it does nothing unless what it shows has changed.
 *
 * @import { Room } from "../session/room.js"
 * @import { Groups, Member } from "../session/roster.js"
 * @import { Session } from "../session/session.js"
 * @import { Item } from "./dom.js"
 */

import { MAX_SHOWN_MEMBERS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { colourOf } from "../protocol/names.js";
import { words } from "../words.js";
import { byId, make, reconcile } from "./dom.js";

const MANY = 20; // more than can be scanned at a glance

/** The list beside a room. */
export class MembersView {
  /** @type {unknown[]} */
  #seen = []; // what the list was made of
  /** @type {Room | null} */
  #room = null;

  /**
   * @param {(nick: string) => void} choose called with the chosen nick
   * @param {() => void} write called on a double click: opens a conversation with the chosen member
   * @param {() => void} change called when the list must be redrawn
   */
  constructor(choose, write, change) {
    this.choose = choose;
    this.write = write;
    this.filter = byId("member-filter", HTMLInputElement);
    this.filter.oninput = change;
    this.filter.onkeydown = (event) => {
      if (event.key === "Enter") byId("member-list").querySelector("button")?.click();
      if (event.key !== "Escape" || !this.filter.value) return;
      event.stopPropagation(); // empties the field, and closes nothing
      this.filter.value = "";
      change();
    };
  }

  /**
   * Show the members of a room.
   * @param {Room | null} room
   * @param {Session} session
   */
  show(room, session) {
    if (room !== this.#room) this.filter.value = "";
    this.#room = room;
    const members = room?.members;
    const { people, ignored, nick, me } = session;
    const isMany = (members?.size ?? 0) > MANY;
    const sought = isMany ? casefold(this.filter.value.trim()) : "";
    const seen = [
      room,
      members,
      members?.version,
      room?.hasMoreMembers,
      people.version,
      ignored.version,
      nick,
      me.isAway,
      sought,
    ];
    if (seen.every((value, index) => value === this.#seen[index]) && seen.length === this.#seen.length) return;
    this.#seen = seen;
    const isNone = !room || room.isPrivate;
    byId("members").hidden = isNone;
    byId("show-members").hidden = isNone;
    this.filter.hidden = !isMany;
    byId("members-title").textContent = words.members.title(members?.size ?? 0, room?.hasMoreMembers === true);
    reconcile(byId("member-list"), members && !isNone ? this.#items(members.groups, session, sought) : []);
  }

  /**
   * @param {Groups} groups
   * @param {Session} session
   * @param {string} sought casefolded, '' for all
   */
  #items(groups, session, sought) {
    const found = Object.entries(groups).map(([name, group]) => ({
      name,
      group: sought ? group.filter(({ nick }) => casefold(nick).includes(sought)) : group,
    }));
    const filled = found.filter(({ group }) => group.length);
    let left = MAX_SHOWN_MEMBERS;
    /** @type {Item[]} */
    const items = [];
    for (const { name, group } of filled) {
      if (filled.length > 1 && left > 0) items.push(heading(/** @type {keyof Groups} */ (name), group.length));
      for (const member of group.slice(0, left)) items.push(this.#item(member, session));
      left = Math.max(0, left - group.length);
    }
    const count = filled.reduce((sum, { group }) => sum + group.length, 0);
    const rest = count - MAX_SHOWN_MEMBERS;
    if (rest > 0) items.push(note(words.members.more(rest)));
    if (sought && !count) items.push(note(words.members.none));
    return items;
  }

  /**
   * @param {Member} member
   * @param {Session} session
   * @returns {Item}
   */
  #item({ nick, prefix }, session) {
    const isMe = session.isMe(nick);
    const isAway = isMe ? session.me.isAway : session.people.get(nick)?.isAway === true;
    const isIgnored = session.ignored.has(nick);
    return {
      key: casefold(nick),
      look: [nick, prefix, isMe, isAway, isIgnored].join(" "),
      build: () => memberItem({ nick, prefix }, { isMe, isAway, isIgnored }, this),
    };
  }
}

/**
 * @param {keyof Groups} name
 * @param {number} count
 * @returns {Item}
 */
function heading(name, count) {
  const text = words.members.count(words.members[name], count);
  return { key: ` ${name}`, look: text, build: () => make("li", { class: "group" }, make("h3", {}, text)) };
}

/**
 * @param {string} text
 * @returns {Item}
 */
function note(text) {
  return { key: " ", look: text, build: () => make("li", { class: "quiet note" }, text) };
}

/**
 * @param {Member} member
 * @param {{isMe: boolean, isAway: boolean, isIgnored: boolean}} state
 * @param {{choose: (nick: string) => void, write: () => void}} actions
 */
function memberItem({ nick, prefix }, { isMe, isAway, isIgnored }, { choose, write }) {
  const role = words.members.roles[prefix] ?? "";
  const states = [isAway && words.members.away, isIgnored && words.members.ignored].filter((word) => word !== false);
  const whole = [nick, isMe ? words.members.you : "", role, ...states].filter((word) => word).join(", ");
  return make(
    "li",
    {},
    make(
      "button",
      {
        type: "button",
        class: [`name-${colourOf(nick)}`, isAway ? "away" : "", isIgnored ? "ignored" : ""].join(" "),
        title: whole,
        "aria-label": whole,
        "aria-haspopup": "dialog",
        onclick: () => choose(nick),
        ondblclick: write,
      },
      make("span", { class: "label", dir: "auto" }, nick),
      prefix ? make("span", { class: "role", "aria-hidden": "true" }, prefix) : "",
      " ",
      isMe ? make("span", { class: "role", "aria-hidden": "true" }, words.members.you) : "",
    ),
  );
}
