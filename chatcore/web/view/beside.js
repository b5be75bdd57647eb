/**
 * What is shown with a message: the quote it answers, its reactions, and a failed action on it.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { Quote } from "../session/quotes.js"
 * @import { Reaction } from "../session/reactions.js"
 */

import { colourOf } from "../protocol/names.js";
import { isMine } from "../session/reactions.js";
import { words } from "../words.js";
import { make } from "./dom.js";

const MOST_SHOWN = 12; // kinds of reactions, before the user asks for all
const MOST_CHARS = 24; // of a reaction, which may be any text
const MOST_NAMES = 20;
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu; // would affect text around it

/**
 * The user's actions here: `quoted` returns what is known of the message that an entry answers, `showMessage` jumps to
 * it, `react` reacts or withdraws that, `showAll` shows all reactions, `dismiss` hides a problem.
 * @typedef {{
 *   quoted: (entry: Entry) => Quote, showMessage: (id: string) => void, react: (entry: Entry, value: string) => void,
 *   showAll: (entry: Entry) => void, dismiss: (entry: Entry) => void,
 * }} BesideActions
 */

/**
 * Return what is shown above a message's text: the quote.
 * @param {Entry} entry
 * @param {BesideActions} actions
 */
export function above(entry, actions) {
  const { answers } = entry;
  if (!answers) return [];
  const { nick, text, isKnown } = actions.quoted(entry);
  if (isKnown && !nick) return [make("p", { class: "quote" }, words.beside.goneQuote)];
  const name = make("span", { class: "quoted-nick", dir: "auto" }, nick);
  const said = make("span", { class: "quoted", dir: "auto" }, isKnown ? text : words.beside.earlier);
  const attributes = {
    type: "button",
    class: isKnown ? `quote name-${colourOf(nick)}` : "quote",
    tabindex: "-1",
    "data-part": "quote",
    title: words.beside.showQuote,
    onclick: () => actions.showMessage(answers),
  };
  return [
    make(
      "button",
      attributes,
      make("span", { class: "unseen" }, words.beside.inReply, " "),
      isKnown ? name : "",
      " ",
      said,
    ),
  ];
}

/**
 * Return what is shown below a message's text: the reactions, and a problem.
 * @param {Entry} entry
 * @param {BesideActions} actions
 */
export function below(entry, actions) {
  return [...reactionsOf(entry, actions), ...problemOf(entry, actions)];
}

/**
 * Return a reaction as it is shown: short, in one line, and without effect on the text around it.
 * @param {string} value
 */
export function shownReaction(value) {
  const characters = [...value.replace(HARMFUL, " ").trim()];
  return characters.length > MOST_CHARS ? `${characters.slice(0, MOST_CHARS).join("")}\u2026` : characters.join("");
}

/**
 * Return the names of those who sent a reaction.
 * @param {Reaction} reaction
 */
export function whoReacted({ by }) {
  const others = [...by].filter(([key]) => key).map(([, { nick }]) => nick);
  const named = others.slice(0, MOST_NAMES);
  return words.beside.names(by.has(""), named, others.length - named.length);
}

/**
 * @param {Entry} entry
 * @param {BesideActions} actions
 */
function reactionsOf(entry, actions) {
  const { reactions = [], showsAll = false } = entry;
  if (!reactions.length) return [];
  const few = showsAll ? reactions : reactions.slice(0, MOST_SHOWN);
  const rest = reactions.length - few.length;
  const more = { type: "button", class: "chip", tabindex: "-1", "data-part": "more" };
  const chips = few.map((reaction) => chip(entry, reaction, actions));
  if (rest) {
    const showAll = () => actions.showAll(entry);
    chips.push(make("button", { ...more, title: words.beside.showAll, onclick: showAll }, words.beside.more(rest)));
  }
  return [make("div", { class: "reactions", role: "group", "aria-label": words.beside.reactions }, ...chips)];
}

/**
 * @param {Entry} entry
 * @param {Reaction} reaction
 * @param {BesideActions} actions
 */
function chip(entry, reaction, actions) {
  const { value, by } = reaction;
  const who = whoReacted(reaction);
  const attributes = {
    type: "button",
    class: "chip",
    tabindex: "-1",
    "aria-pressed": String(isMine(reaction)),
    title: words.beside.reaction(shownReaction(value), who),
    "data-part": `reaction ${value}`,
    onclick: () => actions.react(entry, value),
  };
  return make(
    "button",
    attributes,
    make("span", { class: "reaction", dir: "auto" }, shownReaction(value)),
    make("span", { class: "count", "aria-hidden": "true" }, String(by.size)),
    make("span", { class: "unseen" }, words.beside.by(who)),
  );
}

/**
 * @param {Entry} entry
 * @param {BesideActions} actions
 */
function problemOf(entry, actions) {
  if (!entry.problem) return [];
  const dismiss = { type: "button", tabindex: "-1", "data-part": "dismiss", onclick: () => actions.dismiss(entry) };
  return [make("p", { class: "state problem" }, `${entry.problem} `, make("button", dismiss, words.beside.dismiss))];
}
