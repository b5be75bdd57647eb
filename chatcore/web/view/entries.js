/**
 * One message, or a line of the page itself, as an element of the log.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { BesideActions } from "./beside.js"
 * @import { Reader } from "./text.js"
 */

import { colourOf } from "../protocol/names.js";
import { words } from "../words.js";
import { above, below } from "./beside.js";
import { make } from "./dom.js";
import { buildFolded } from "./folded.js";
import { isEmoji, shownLinks, shownText } from "./text.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/**
 * The user's actions on an entry; `reader` says how its text is shown.
 * @typedef {BesideActions & {
 *   retry: (entry: Entry) => void, discard: (entry: Entry) => void, join: (name: string) => void,
 *   reader: () => Omit<Reader, "join">,
 * }} EntryActions
 */

/**
 * Build an entry's element.
 * @param {Entry} entry
 * @param {{isFollowing: boolean, isTarget: boolean}} look it continues the entry before; the user jumped to it
 * @param {EntryActions} actions
 */
export function buildEntry(entry, { isFollowing, isTarget }, actions) {
  const { kind, nick, text, formatted, state, time } = entry;
  if (!nick) return told(entry, actions);
  const classes = ["entry", kind, `name-${colourOf(nick)}`];
  if (isFollowing) classes.push("follows");
  if (entry.isMention) classes.push("mention");
  if (isTarget) classes.push("target");
  if (state) classes.push(state === "refused" || state === "uncertain" ? "failed" : "waiting");
  const isAction = kind === "action";
  if (!isAction && isEmoji(text)) classes.push("emoji");
  const name = make("span", { class: "nick", dir: "auto", "data-nick": nick }, nick);
  const body = make("div", { class: "text", dir: "auto" }, ...shownText(formatted ?? text, readerOf(actions)));
  if (isAction) body.prepend(make("span", { class: "nick", "data-nick": nick }, nick), " ");
  return make(
    "article",
    { class: classes.join(" "), tabindex: isTarget && "-1" },
    make("span", { class: "avatar", "aria-hidden": "true" }, initial(nick)),
    make("div", { class: "head" }, isAction ? "" : name, " ", timeOf(time)),
    entry.rank
      ? make("p", { class: "state" }, entry.rank.includes("+") ? words.log.toVoiced : words.log.toOperators)
      : "",
    ...above(entry, actions),
    body,
    ...below(entry, actions),
    ...(state ? [stateOf(entry, actions)] : []),
  );
}

/**
 * @param {Entry} entry
 * @param {EntryActions} actions
 */
function stateOf(entry, actions) {
  const isFailed = entry.state === "refused" || entry.state === "uncertain";
  if (!isFailed) return make("p", { class: "state" }, entry.state === "sent" ? words.log.sending : words.log.queued);
  const again = make("button", { type: "button", onclick: () => actions.retry(entry) }, words.log.sendAgain);
  return make(
    "p",
    { class: "state" },
    entry.until ? countdown(entry, again) : (entry.reason ?? ""),
    " ",
    again,
    make("button", { type: "button", onclick: () => actions.discard(entry) }, words.log.discard),
  );
}

/**
 * Return a countdown to when a message can be sent again; `again` is disabled until then. Screen readers skip it.
 * @param {Entry} entry
 * @param {HTMLElement} again the button that sends it again
 */
function countdown({ until = 0 }, again) {
  const text = make("span", { "aria-live": "off" });
  const tell = () => {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    text.textContent = seconds > 0 ? words.log.slow(seconds) : words.log.slowOver;
    again.toggleAttribute("disabled", seconds > 0);
    if (seconds <= 0) clearInterval(timer);
  };
  const timer = setInterval(() => (text.isConnected ? tell() : clearInterval(timer)), 1000);
  tell();
  return text;
}

/**
 * @param {Entry} entry
 * @param {EntryActions} actions
 */
function told(entry, actions) {
  const { kind, text, time, invitation, comings = [] } = entry;
  if (comings.length > 1) return buildFolded(entry, timeOf);
  const button = invitation
    ? make("button", { type: "button", onclick: () => actions.join(invitation) }, words.common.join(invitation))
    : "";
  const when = kind === "event" || kind === "gone" ? timeOf(time) : "";
  return make(
    "div",
    { class: `told ${kind}` },
    make("p", { dir: "auto" }, ...shownLinks(text, readerOf(actions))),
    when,
    button,
  );
}

/**
 * @param {EntryActions} actions
 * @returns {Reader}
 */
function readerOf({ reader, join }) {
  return { ...reader(), join };
}

/**
 * Return whether the time of an entry is known; the page's welcome lines use the time 1 for their position.
 * @param {number | undefined} time
 * @returns {time is number}
 */
export function isTold(time) {
  return time !== undefined && time > 1;
}

/** @param {number | undefined} time */
function timeOf(time) {
  if (!isTold(time)) return "";
  return make("time", { datetime: new Date(time).toISOString(), title: moment.format(time) }, clock.format(time));
}

/**
 * Return the time of an entry as hours and minutes; '' if unknown.
 * @param {number | undefined} time
 */
export function timeText(time) {
  return isTold(time) ? clock.format(time) : "";
}

/** @param {string} nick */
function initial(nick) {
  const [first = ""] = nick;
  return first.toUpperCase();
}
