/**
 * A field with a list of choices below it; Enter takes the active one. A combobox with a listbox; the caller builds
 * the options.
 *
 * @import { Item } from "./dom.js"
 */

import { reconcile } from "./dom.js";

const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
]);

/** Moves through the options by keyboard, while the cursor stays in the field. */
export class Choices {
  #chosen = ""; // the key of the option the user moved to; '' for the first
  /** @type {HTMLElement | null} */
  #active = null;
  #built = 0;

  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} list
   * @param {{typed: (text: string) => void, choose: (key: string) => void}} actions
   */
  constructor(input, list, { typed, choose }) {
    this.input = input;
    this.list = list;
    this.choose = choose;
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-expanded": "true",
      "aria-autocomplete": "list",
    })) {
      input.setAttribute(name, value);
    }
    input.setAttribute("aria-controls", list.id);
    list.setAttribute("role", "listbox");
    input.oninput = () => {
      this.#chosen = "";
      typed(input.value);
    };
    input.onkeydown = (event) => this.#key(event);
    list.onclick = ({ target }) => {
      const option = target instanceof Element ? target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) choose(option.dataset.choice ?? "");
    };
  }

  /**
   * Show these items; the active one stays if the user moved to it, or else the first becomes active.
   * @param {Item[]} items
   */
  show(items) {
    reconcile(
      this.list,
      items.map((item) => ({ ...item, build: () => this.#asOption(item) })),
    );
    this.#activate(this.#options.find((option) => option.dataset.choice === this.#chosen) ?? this.#options[0] ?? null);
  }

  /** Start over, with the first one active. */
  reset() {
    this.#chosen = "";
    this.list.scrollTop = 0;
  }

  /** @param {Item} item */
  #asOption({ key, build }) {
    const option = build();
    option.id = `${this.list.id}-${++this.#built}`;
    option.dataset.choice = key;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    return option;
  }

  get #options() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  /** @param {HTMLElement | null} option */
  #activate(option) {
    if (option !== this.#active) this.#active?.setAttribute("aria-selected", "false");
    this.#active = option;
    option?.setAttribute("aria-selected", "true");
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = event.altKey || event.isComposing ? undefined : STEPS.get(event.key);
    const options = this.#options;
    if (step && options.length) {
      event.preventDefault();
      const next = options.at(((this.#active ? options.indexOf(this.#active) : -1) + step) % options.length) ?? null;
      this.#chosen = next?.dataset.choice ?? "";
      this.#activate(next);
      next?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (this.#active) this.choose(this.#active.dataset.choice ?? "");
    }
  }
}
