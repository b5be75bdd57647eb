/**
 * The buttons beside the message under the pointer, and the keys of the focused message: they lead to its actions.
 *
 * The buttons are above the log and not in it, where a screen reader would announce them as news.
 *
 * @import { Entry } from "../session/entries.js"
 * @import { MenuActions } from "./menu.js"
 */

import { byId } from "./dom.js";
import { EntryMenu } from "./menu.js";
import { entryOf } from "./rows.js";

const HELD_MS = 500; // until a touch counts as long
const MOVED_PX = 10; // of movement that a long touch allows
const MESSAGES = ":is(.entry, .gone)";

/** Leads from a message to its actions. */
export class EntryTools {
  #held = 0;
  /** @type {{x: number, y: number} | null} */
  #touched = null;

  /** @param {MenuActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.log = byId("log");
    this.tools = byId("entry-tools");
    this.menu = new EntryMenu(actions, () => this.#leave());
    /** @type {HTMLElement | null} */
    this.row = null; // the one whose buttons are shown
    this.#wirePointer();
    this.#wireTouch();
    this.log.addEventListener("keydown", (event) => this.#key(event));
    byId("tool-react").onclick = () => this.#withRow((entry, row) => this.menu.open(entry, row, "react"));
    byId("tool-more").onclick = () => this.#withRow((entry, row) => this.menu.open(entry, row));
    byId("tool-answer").onclick = () => this.#withRow((entry) => actions.answer(entry));
  }

  #wirePointer() {
    const { log } = this;
    // A message that scrolls under a resting pointer does not count as pointed at.
    log.addEventListener("pointermove", (event) => {
      const row = rowAt(event);
      if (event.pointerType !== "touch" && row !== this.row) this.#show(row);
    });
    log.addEventListener("scroll", () => this.#show(null));
    byId("log-frame").addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType !== "touch") this.#show(null); // a finger leaves after each touch
    });
    document.addEventListener("pointerdown", (event) => {
      const isElsewhere = !(event.target instanceof Node && byId("log-frame").contains(event.target));
      if (isElsewhere) this.#show(null);
    });
  }

  #wireTouch() {
    const { log } = this;
    const end = () => clearTimeout(this.#held);
    log.addEventListener("pointerdown", (event) => {
      end();
      if (event.pointerType !== "touch" || isOther(event)) return;
      this.#touched = { x: event.clientX, y: event.clientY };
      this.#held = setTimeout(() => this.#openHeld(event), HELD_MS);
    });
    log.addEventListener("pointermove", ({ clientX, clientY }) => {
      const { x = clientX, y = clientY } = this.#touched ?? {};
      if (Math.hypot(clientX - x, clientY - y) > MOVED_PX) end();
    });
    // A scrolling finger cancels its touch; a new message may scroll the log under a resting one.
    for (const name of ["pointerup", "pointercancel"]) log.addEventListener(name, end);
    log.addEventListener("click", (event) => {
      if (event instanceof PointerEvent && event.pointerType === "touch" && !isOther(event)) this.#show(rowAt(event));
    });
    log.addEventListener("contextmenu", (event) => {
      // Only for a long touch: a right click keeps the browser's own menu, which can copy, search and look up.
      if (!(event instanceof PointerEvent) || event.pointerType !== "touch" || isOther(event)) return;
      event.preventDefault();
      end();
      this.#openHeld(event);
    });
  }

  /**
   * Open the menu under a finger that is still down: lifting it must not press a button that appeared there.
   * @param {Event} event
   */
  #openHeld(event) {
    this.#openAt(event);
    const options = { capture: true };
    const press = (/** @type {Event} */ click) => {
      click.preventDefault();
      click.stopPropagation();
    };
    const free = () => {
      document.removeEventListener("click", press, options);
      for (const name of ["pointerdown", "keydown"]) document.removeEventListener(name, free, options);
    };
    document.addEventListener("click", press, options);
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, free, options);
  }

  /** @param {Event} event */
  #openAt(event) {
    const row = rowAt(event);
    const entry = row && entryOf(row);
    if (row && entry && getSelection()?.isCollapsed !== false) this.menu.open(entry, row);
  }

  /** @param {HTMLElement | null} row */
  #show(row) {
    const entry = row && entryOf(row);
    const offers = entry ? this.actions.offers(entry) : null;
    const isAny = offers !== null && (offers.canAnswer || offers.canReact);
    this.row = isAny ? row : null;
    this.tools.hidden = !isAny;
    if (!row || !offers || !isAny) return;
    byId("tool-answer").hidden = !offers.canAnswer;
    byId("tool-react").hidden = !offers.canReact;
    const { scrollTop, clientHeight } = this.log;
    const top = Math.max(2, row.offsetTop - scrollTop - this.tools.offsetHeight / 2);
    this.tools.style.top = `${Math.min(top, clientHeight - this.tools.offsetHeight)}px`;
  }

  /** @param {(entry: Entry, row: HTMLElement) => void} act */
  #withRow(act) {
    const { row } = this;
    const entry = row && entryOf(row);
    this.#show(null);
    if (row && entry) act(entry, row);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !(event.target instanceof Element))
      return;
    const row = rowAt(event);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.#choose(event, row, step);
    else if (row && side) moveInside(event, row, side);
    else if (row && this.#act(event, row)) event.preventDefault();
  }

  /**
   * Focus the next message; if there is none, let the key scroll.
   * @param {KeyboardEvent} event
   * @param {HTMLElement | null} row
   * @param {number} step
   */
  #choose(event, row, step) {
    const rows = /** @type {HTMLElement[]} */ ([...this.log.querySelectorAll(`:scope > ${MESSAGES}`)]);
    const visible = rows.findLast((each) => each.offsetTop < this.log.scrollTop + this.log.clientHeight - 8);
    const next = row ? rows[rows.indexOf(row) + step] : visible;
    if (!next) return;
    event.preventDefault();
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} row
   * @returns {boolean} whether the key was handled
   */
  #act({ key, shiftKey, target }, row) {
    const entry = entryOf(row);
    if (key === "Escape") this.actions.leaveLog();
    if (!entry || key === "Escape") return key === "Escape";
    const { canAnswer, canReact, canTakeBack } = this.actions.offers(entry);
    const isMenu = (key === "Enter" && target === row) || key === "ContextMenu" || (key === "F10" && shiftKey);
    if (isMenu) this.menu.open(entry, row);
    else if (key === "r" && canAnswer) this.actions.answer(entry);
    else if (key === "e" && canReact) this.menu.open(entry, row, "react");
    else if (key === "c") this.actions.copyText(entry);
    else if (key === "Delete" && canTakeBack) this.menu.open(entry, row, "take-back");
    else return ["r", "e", "Delete"].includes(key);
    return true;
  }

  /** After the menu is closed, return to its message if that was chosen by keyboard. */
  #leave() {
    const { entry, row, isByKeys } = this.menu;
    const now = entry && isByKeys ? this.#rowOf(entry) : null;
    if (now) {
      now.tabIndex = -1;
      now.focus({ preventScroll: true });
    } else if (row) {
      this.actions.leaveLog();
    }
  }

  /** @param {Entry} entry */
  #rowOf(entry) {
    const rows = /** @type {HTMLElement[]} */ ([...this.log.querySelectorAll(`:scope > ${MESSAGES}`)]);
    return rows.find((row) => entryOf(row) === entry) ?? null;
  }
}

/** @param {Event} event */
function rowAt({ target }) {
  const row = target instanceof Element ? target.closest(`#log > ${MESSAGES}`) : null;
  return row instanceof HTMLElement ? row : null;
}

/**
 * Return whether the event concerns something other than the message itself.
 * @param {Event} event
 */
function isOther({ target }) {
  return !(target instanceof Element) || target.closest("a, button, input, pre, summary, [data-nick]") !== null;
}

/**
 * Focus the next link or button within a message.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} row
 * @param {number} step
 */
function moveInside(event, row, step) {
  const parts = /** @type {HTMLElement[]} */ ([row, ...row.querySelectorAll("a, button")]);
  const next = parts[parts.indexOf(/** @type {HTMLElement} */ (event.target)) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
