/**
 * The actions on a message: a small dialog beside it, or a sheet at the bottom of a phone. It is in the document only
 * while it is open.
 *
 * @import { Entry } from "../session/entries.js"
 */

import { asReaction, emojiLike } from "../commands/emoji.js";
import { words } from "../words.js";
import { shownReaction, whoReacted } from "./beside.js";
import { closeDialog, openDialog } from "./dialog.js";
import { byId, make } from "./dom.js";

/** The most common reactions. */
const COMMON = ["\u{1f44d}", "\u2764\ufe0f", "\u{1f602}", "\u{1f389}", "\u{1f914}", "\u{1f440}", "\u2705", "\u{1f64f}"];
const MOST_FOUND = 24;
const MARGIN_PX = 8;

/**
 * Which actions a message allows.
 * @typedef {{canAnswer: boolean, canReact: boolean, canTakeBack: boolean, hasLink: boolean}} Offers
 */

/**
 * The user's actions on a message. `leaveLog` returns to the message box.
 * @typedef {{
 *   offers: (entry: Entry) => Offers, answer: (entry: Entry) => void, react: (entry: Entry, value: string) => void,
 *   takeBack: (entry: Entry) => void, copyText: (entry: Entry) => void, copyLinkTo: (entry: Entry) => void,
 *   leaveLog: () => void, person: (nick: string) => void,
 * }} MenuActions
 */

/** The dialog, open for one message at a time. */
export class EntryMenu {
  /**
   * @param {MenuActions} actions
   * @param {() => void} onClosed called to return the focus to where it was
   */
  constructor(actions, onClosed) {
    this.actions = actions;
    this.onClosed = onClosed;
    /** @type {Entry | null} */
    this.entry = null;
    /** @type {HTMLElement | null} */
    this.row = null;
    this.isByKeys = false; // it was opened from the message itself, which had the focus
    /** @type {HTMLDialogElement | null} */
    this.dialog = null;
  }

  /**
   * Open it for a message.
   * @param {Entry} entry
   * @param {HTMLElement | null} row its element in the log
   * @param {"" | "react" | "take-back"} wanted the part to open at once
   */
  open(entry, row, wanted = "") {
    if (this.dialog) return;
    const isByKeys = row?.contains(document.activeElement) ?? false;
    Object.assign(this, { entry, row, isByKeys });
    const offers = this.actions.offers(entry);
    const title = words.menu.title(entry.nick);
    const parts = [
      make("p", { class: "quiet menu-words", dir: "auto" }, entry.text.slice(0, 200)),
      ...(offers.canReact ? this.#reacting(entry) : []),
      ...this.#deeds(entry, offers),
      ...whoHave(entry),
    ];
    const dialog = openDialog("entry-menu", { "aria-label": title }, parts, () => this.#close(), true);
    this.dialog = dialog;
    dialog.onkeydown = (event) => press(event, dialog) || move(event, dialog);
    place(dialog, row);
    if (wanted === "take-back") this.#confirm();
    else focusFirst(dialog, wanted === "react" ? ".picks button" : ".deeds button");
  }

  /** Close it; the focus returns to its message, or to the message box. */
  #close() {
    closeDialog(this.dialog);
    this.dialog = null;
    this.onClosed();
    this.entry = this.row = null;
  }

  /**
   * Close the dialog, then run an action.
   * @param {() => void} act
   */
  #done(act) {
    this.#close();
    act();
  }

  /** @param {Entry} entry */
  #reacting(entry) {
    const { react } = this.actions;
    const mine = new Set(entry.reactions?.filter(({ by }) => by.has("")).map(({ value }) => value));
    const pick = (/** @type {string} */ value, name = "") =>
      make(
        "button",
        {
          type: "button",
          "aria-pressed": String(mine.has(value)),
          "aria-label": words.menu.reactWith(name ? `${value} ${name}` : value),
          onclick: () => this.#done(() => react(entry, value)),
        },
        value,
      );
    const field = make("input", {
      id: "reaction-text",
      "aria-label": words.menu.other,
      placeholder: words.menu.other,
      autocomplete: "off",
      autocapitalize: "none",
      enterkeyhint: "done",
      maxlength: "40",
    });
    const found = make("div", { class: "picks found", role: "group", "aria-label": words.menu.found });
    const form = make("form", { class: "other-reaction" }, field, found);
    const typed = () => byId("reaction-text", HTMLInputElement).value.trim();
    const matches = () => (typed() ? emojiLike(typed(), MOST_FOUND) : []);
    form.oninput = () => found.replaceChildren(...matches().map(({ emoji, name }) => pick(emoji, name)));
    form.onsubmit = (event) => {
      event.preventDefault();
      const meant = asReaction(typed());
      const value = meant === typed() ? (matches()[0]?.emoji ?? meant) : meant;
      if (value) this.#done(() => react(entry, value));
    };
    return [
      make(
        "div",
        { class: "picks", role: "group", "aria-label": words.menu.react },
        ...COMMON.map((value) => pick(value)),
      ),
      form,
    ];
  }

  /**
   * @param {Entry} entry
   * @param {Offers} offers
   */
  #deeds(entry, { canAnswer, canTakeBack, hasLink }) {
    const { answer, copyText, copyLinkTo, person } = this.actions;
    const deed = (/** @type {string} */ text, /** @type {string} */ key, /** @type {() => void} */ act) =>
      make("li", {}, make("button", { type: "button", onclick: act }, make("span", {}, text), kbd(key)));
    const items = [
      canAnswer ? deed(words.menu.answer, "R", () => this.#done(() => answer(entry))) : "",
      deed(words.menu.copyText, "C", () => this.#done(() => copyText(entry))),
      hasLink ? deed(words.menu.copyLink, "", () => this.#done(() => copyLinkTo(entry))) : "",
      deed(words.menu.person(entry.nick), "", () => this.#done(() => person(entry.nick))),
      canTakeBack ? deed(words.menu.takeBack, words.menu.deleteKey, () => this.#confirm()) : "",
    ];
    if (canTakeBack) /** @type {HTMLElement} */ (items.at(-1)).id = "take-back";
    return [make("ul", { class: "deeds" }, ...items)];
  }

  /** Ask for confirmation before redacting, which cannot be undone. */
  #confirm() {
    const { entry } = this;
    if (!entry) return;
    const sure = make(
      "button",
      { type: "button", class: "danger", onclick: () => this.#done(() => this.actions.takeBack(entry)) },
      words.menu.sure,
    );
    byId("take-back").replaceChildren(sure);
    sure.focus();
  }
}

/**
 * @param {HTMLElement} dialog
 * @param {string} what
 */
function focusFirst(dialog, what) {
  const found = dialog.querySelector(what);
  if (found instanceof HTMLElement) found.focus();
}

/** @param {string} key */
function kbd(key) {
  return key ? make("kbd", { "aria-hidden": "true" }, key) : "";
}

/**
 * Return who sent which reaction, for users who cannot hover over it.
 * @param {Entry} entry
 */
function whoHave({ reactions = [] }) {
  if (!reactions.length) return [];
  const lines = reactions.map((reaction) =>
    make(
      "li",
      {},
      make("span", { class: "reaction", dir: "auto" }, shownReaction(reaction.value)),
      " ",
      whoReacted(reaction),
    ),
  );
  return [make("ul", { class: "who-reacted", "aria-label": words.beside.reactions }, ...lines)];
}

/**
 * Handle a letter: among emoji it starts a search by name, elsewhere it is the key of an action.
 * @param {KeyboardEvent} event
 * @param {HTMLDialogElement} dialog
 * @returns {boolean} whether the key was handled
 */
function press(event, dialog) {
  const { key, ctrlKey, metaKey, altKey, target, isComposing } = event;
  const isFree = !(ctrlKey || metaKey || altKey || isComposing) && target instanceof HTMLButtonElement;
  if (!isFree || key === " ") return false;
  if (target.closest(".picks")) {
    if (key.length === 1) focusFirst(dialog, "#reaction-text"); // into which it goes
    return key.length === 1;
  }
  const name = (key === "Delete" ? words.menu.deleteKey : key).toLowerCase();
  const meant = [...dialog.querySelectorAll("kbd")].find(({ textContent }) => textContent.toLowerCase() === name);
  if (meant) event.preventDefault(); // or else the letter would be typed into the field
  meant?.closest("button")?.click();
  return meant !== undefined;
}

/**
 * Move between buttons by the arrow keys.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} dialog
 */
function move(event, dialog) {
  const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
  const isTyping = event.target instanceof HTMLInputElement && event.key !== "ArrowUp" && event.key !== "ArrowDown";
  if (!step || isTyping) return;
  const parts = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll("button, input")]);
  event.preventDefault();
  parts.at((parts.indexOf(/** @type {HTMLElement} */ (event.target)) + step) % parts.length)?.focus();
}

/**
 * Place the dialog beside its message; on a phone, the style sheet does.
 * @param {HTMLElement} dialog
 * @param {HTMLElement | null} row
 */
function place(dialog, row) {
  if (!row) return;
  const { top, right } = row.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const lowest = innerHeight - height - MARGIN_PX;
  dialog.style.setProperty("--top", `${Math.max(MARGIN_PX, Math.min(top, lowest))}px`);
  dialog.style.setProperty("--left", `${Math.max(MARGIN_PX, right - width - MARGIN_PX)}px`);
}
