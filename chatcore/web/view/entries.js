/**
 * One message, or what the page itself says, as it stands in the log.
 *
 * @import { Entry } from "../session/entries.js"
 */

import { colourOf, splitLinks } from "../protocol/names.js";
import { make } from "./dom.js";

const WHOM = { "@": "To the operators only", "+": "To the operators and those with a voice only" };
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/**
 * What a person can do with an entry.
 * @typedef {{
 *   retry: (entry: Entry) => void, discard: (entry: Entry) => void, join: (name: string) => void,
 * }} EntryActions
 */

/**
 * Build an entry.
 * @param {Entry} entry
 * @param {{isFollowing: boolean, isTarget: boolean}} look it goes on from the one before; somebody went to it
 * @param {EntryActions} actions
 */
export function buildEntry(entry, { isFollowing, isTarget }, actions) {
  const { kind, nick, text, state, time } = entry;
  if (!nick) return told(entry, actions);
  const classes = ["entry", kind, `name-${colourOf(nick)}`];
  if (isFollowing) classes.push("follows");
  if (entry.isMention) classes.push("mention");
  if (isTarget) classes.push("target");
  if (state) classes.push(state === "refused" || state === "uncertain" ? "failed" : "waiting");
  const name = make("span", { class: "nick", dir: "auto" }, nick);
  const body = make("p", { class: "text", dir: "auto" }, ...linked(text));
  const isAction = kind === "action";
  if (isAction) body.prepend(make("span", { class: "nick" }, nick), " ");
  return make(
    "article",
    { class: classes.join(" "), tabindex: isTarget && "-1" },
    make("span", { class: "avatar", "aria-hidden": "true" }, initial(nick)),
    make("div", { class: "head" }, isAction ? "" : name, " ", timeOf(time)),
    entry.rank ? make("p", { class: "state" }, WHOM[entry.rank.includes("+") ? "+" : "@"]) : "",
    body,
    ...(state ? [stateOf(entry, actions)] : []),
  );
}

/**
 * @param {Entry} entry
 * @param {EntryActions} actions
 */
function stateOf(entry, actions) {
  const isFailed = entry.state === "refused" || entry.state === "uncertain";
  const words = entry.state === "sent" ? "Sending\u2026" : "Waiting for the connection\u2026";
  if (!isFailed) return make("p", { class: "state" }, words);
  return make(
    "p",
    { class: "state" },
    `${entry.reason} `,
    make("button", { type: "button", onclick: () => actions.retry(entry) }, "Send again"),
    make("button", { type: "button", onclick: () => actions.discard(entry) }, "Discard"),
  );
}

/**
 * @param {Entry} entry
 * @param {EntryActions} actions
 */
function told({ kind, text, time, invitation }, actions) {
  const button = invitation
    ? make("button", { type: "button", onclick: () => actions.join(invitation) }, `Join ${invitation}`)
    : "";
  const when = kind === "event" ? timeOf(time) : "";
  return make("div", { class: `told ${kind}` }, make("p", { dir: "auto" }, ...linked(text)), when, button);
}

/** @param {string} text */
function linked(text) {
  return splitLinks(text).map(({ text: shown, href }) =>
    href ? make("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown) : document.createTextNode(shown),
  );
}

/**
 * Return whether it is known when something was said; what a welcome says has its place by the time 1.
 * @param {number | undefined} time
 * @returns {time is number}
 */
export function isTold(time) {
  return time !== undefined && time > 1;
}

/** @param {number | undefined} time */
function timeOf(time) {
  return isTold(time) ? make("time", { datetime: new Date(time).toISOString() }, clock.format(time)) : "";
}

/** @param {string} nick */
function initial(nick) {
  const [first = ""] = nick;
  return first.toUpperCase();
}
