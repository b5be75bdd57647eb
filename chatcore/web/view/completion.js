/**
 * Completion above the message box while typing: Enter or Tab takes a choice from the list. Without the list, Tab
 * cycles through the completions of a word, as in a shell.
 *
 * @import { Choice, Offer } from "../commands/completing.js"
 */

import { words } from "../words.js";
import { byId, make } from "./dom.js";

const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
]);

/**
 * `offer` gets the text before the cursor; `changed` is called after the text was changed.
 * @typedef {{offer: (before: string) => Offer, changed: () => void}} CompletionActions
 */

/** The list of choices, and the word being completed. */
export class Completion {
  /** @type {Offer | null} */
  #shown = null;
  #active = 0;
  #hasMoved = false; // the user moved to the active choice
  #dismissed = -1; // the start of the word for which the list was dismissed
  /** @type {{from: number, choices: Choice[], at: number, end: number} | null} */
  #cycle = null;

  /**
   * @param {HTMLTextAreaElement} text
   * @param {CompletionActions} actions
   */
  constructor(text, actions) {
    this.text = text;
    this.actions = actions;
    this.list = byId("completion");
    text.addEventListener("blur", () => this.close());
    this.list.onpointerdown = (event) => event.preventDefault(); // keeps the phone's keyboard open
    this.list.onclick = ({ target }) => {
      const option = target instanceof Element ? target.closest("[role=option]") : null;
      if (option) this.#take([...this.list.children].indexOf(option));
    };
  }

  /** Whether the list is open. */
  get isOpen() {
    return this.#shown !== null;
  }

  /** Offer completions for the word before the cursor, where users expect them. */
  update() {
    this.#cycle = null;
    const { selectionStart, selectionEnd, value } = this.text;
    if (!value) this.#dismissed = -1;
    if (selectionStart !== selectionEnd) return this.close();
    const offer = this.actions.offer(value.slice(0, selectionStart));
    if (offer.from !== this.#dismissed) this.#dismissed = -1;
    if (offer.isEager && this.#dismissed < 0) this.#show(offer);
    else this.close();
  }

  /** Close the list. */
  close() {
    if (!this.#shown) return;
    this.#shown = null;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.text.removeAttribute("aria-activedescendant");
    byId("completion-status").textContent = "";
  }

  /**
   * Handle a key for the list or the word. Returns whether it was one.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const isTab = event.key === "Tab" && !event.ctrlKey && !event.altKey && !event.metaKey;
    const isTaken = this.#shown ? this.#listKey(event, isTab) : this.#wordKey(event, isTab);
    if (isTaken) event.preventDefault();
    return isTaken;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {boolean} isTab
   */
  #listKey(event, isTab) {
    const step = event.altKey ? undefined : STEPS.get(event.key);
    const { choices = [], word = "", from = -1 } = this.#shown ?? {};
    if (step) this.#activate((this.#active + step + choices.length) % choices.length, true);
    else if (event.key === "Escape") {
      this.#dismissed = from;
      this.close();
      event.stopPropagation(); // keeps Escape from closing anything else
    } else if (event.key === "Enter" && !event.shiftKey) {
      const isWhole = !this.#hasMoved && choices.some(({ text }) => text.trim().toLowerCase() === word.toLowerCase());
      if (isWhole) this.close();
      else this.#take(this.#active);
      return !isWhole;
    } else if (isTab && !event.shiftKey) this.#take(this.#active);
    else {
      if (isTab) this.close(); // or else Shift+Tab would move the focus to the closing list
      return false;
    }
    return true;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {boolean} isTab
   */
  #wordKey(event, isTab) {
    const { selectionStart, selectionEnd, value } = this.text;
    if (event.key === "Escape") this.#dismissed = selectionStart; // then Tab leaves the box
    if (!isTab || !value.trim() || selectionStart !== selectionEnd || this.#dismissed === selectionStart) return false;
    const isGoingOn = this.#cycle?.end === selectionStart;
    const offer = isGoingOn ? null : this.actions.offer(value.slice(0, selectionStart));
    const cycle =
      this.#cycle && isGoingOn ? this.#cycle : { from: 0, choices: [], at: -1, end: selectionStart, ...offer };
    if (!cycle.choices.length || (isGoingOn && cycle.choices.length === 1)) return false;
    const { length } = cycle.choices;
    const at = (cycle.at + (event.shiftKey ? (cycle.at < 0 ? 0 : -1) : 1) + length) % length;
    cycle.end = this.#put(cycle.from, cycle.choices[at]?.text ?? "");
    this.#cycle = { ...cycle, at };
    return true;
  }

  /** @param {Offer} offer */
  #show(offer) {
    const options = offer.choices.map(({ label, about }, index) =>
      make(
        "li",
        { role: "option", id: `completion-${index}`, "aria-selected": "false" },
        make("span", { class: "choice-label" }, label),
        about ? make("span", { class: "choice-about" }, about) : "",
      ),
    );
    this.#shown = offer;
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.#activate(0, false);
    byId("completion-status").textContent = words.composer.offered(options.length);
  }

  /**
   * @param {number} index
   * @param {boolean} hasMoved
   */
  #activate(index, hasMoved) {
    this.list.children[this.#active]?.setAttribute("aria-selected", "false");
    const option = this.list.children[index];
    this.#active = index;
    this.#hasMoved = hasMoved;
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {number} index */
  #take(index) {
    const choice = this.#shown?.choices[index];
    const from = this.#shown?.from ?? 0;
    this.close();
    if (choice) this.#put(from, choice.text);
  }

  /**
   * Replace the word before the cursor. Returns the new position of the cursor.
   * @param {number} from
   * @param {string} choice
   */
  #put(from, choice) {
    const { text } = this;
    const isBeforeBlank = text.value[text.selectionEnd] === " ";
    replace(text, from, text.selectionEnd, isBeforeBlank ? choice.trimEnd() : choice);
    this.actions.changed();
    return text.selectionEnd;
  }
}

/**
 * Replace a part of a box's text, so that Undo restores it. Focuses the box, and fires no event.
 * @param {HTMLTextAreaElement} text
 * @param {number} from
 * @param {number} to
 * @param {string} by
 */
export function replace(text, from, to, by) {
  const { oninput } = text;
  text.oninput = null;
  text.focus();
  text.setSelectionRange(from, to);
  // Only this can be undone; the browser may refuse, so fall back to setting the text.
  if (!document.execCommand("insertText", false, by)) text.setRangeText(by, from, to, "end");
  text.oninput = oninput;
}
