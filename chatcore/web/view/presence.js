/**
 * Who is away: the bar of a private conversation, the user's own state under the lists, and times in words.
 *
 * @import { Person } from "../session/presence.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { words } from "../words.js";
import { byId } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/**
 * Return a time in words: today's without the day.
 * @param {number} time Unix, ms
 */
export function moment(time) {
  const isToday = new Date(time).toDateString() === new Date().toDateString();
  return (isToday ? clock : day).format(time);
}

/**
 * Say since when somebody is away, and why.
 * @param {string} nick '' for the user
 * @param {Pick<Person, "since" | "why">} person
 */
export function awayWords(nick, { since, why }) {
  const when = since ? moment(since) : "";
  return nick ? words.presence.isAway(nick, when, why) : words.presence.youAre(when, why);
}

/**
 * Show whether the person in a private conversation is there, and who the user is.
 * @param {Session} session
 */
export function showPresence(session) {
  const { current: room, people, me } = session;
  const partner = room?.isPrivate && !session.isMe(room.name) ? room : null;
  const person = partner && people.get(partner.name);
  const bar = byId("presence");
  const text = partner?.isGone
    ? words.presence.isGone(partner.name)
    : person?.isAway && awayWords(room?.name ?? "", person);
  if (bar.textContent !== (text || "")) bar.textContent = text || "";
  bar.hidden = !text;
  const mine = words.presence.me(session.nick, session.isMe(session.account) ? "" : session.account);
  const name = byId("me-name");
  if (name.textContent !== mine) name.textContent = mine;
  byId("me-state").textContent = me.isAway ? words.presence.away : "";
}

/**
 * Return in words whether the person in a private conversation is away or offline, '' if neither.
 * @param {Session} session
 * @param {Room} room
 */
export function absenceOf({ people }, { name, isPrivate, isGone }) {
  if (!isPrivate) return "";
  if (isGone) return words.presence.gone;
  return people.get(name)?.isAway ? words.presence.away : "";
}
