/**
 * The message box: what is typed, the draft that each room keeps, and what a key or a paste does there.
 *
 * @import { Room } from "../session/room.js"
 */

import { isCommand } from "../commands/slash.js";
import { words } from "../words.js";
import { byId } from "./dom.js";

/**
 * What the message box asks for: `typed` is given what was sent, `typing` what stands there, `page` a direction to scroll.
 * @typedef {{typed: (text: string) => void, typing: (text: string) => void, page: (direction: 1 | -1) => void}} ComposerActions
 */

const growsAlone = CSS.supports("field-sizing", "content"); // else a key costs a layout of the page

/** The message box. */
export class Composer {
  /** @param {ComposerActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.text = byId("text", HTMLTextAreaElement);
    /** @type {Room | null} */
    this.room = null;
    byId("composer", HTMLFormElement).onsubmit = (event) => this.#submit(event);
    this.text.oninput = () => this.#changed();
    this.text.onpaste = (event) => this.#paste(event);
    this.text.onkeydown = (event) => this.#key(event);
  }

  /**
   * Be the box of a room, with its draft.
   * @param {Room | null} room
   */
  show(room) {
    if (room !== this.room) this.#enter(room);
    const label = room ? words.composer.to(room.name) : words.room.message;
    if (this.text.placeholder === label) return;
    byId("text-label").textContent = label;
    this.text.placeholder = label;
  }

  /** Put the cursor there, except where that would open a keyboard on the screen. */
  focus() {
    if (!matchMedia("(pointer: coarse)").matches) this.text.focus();
  }

  /** @param {Room | null} room */
  #enter(room) {
    const { text } = this;
    if (this.room) this.room.draft = text.value;
    this.room = room;
    text.value = room?.draft ?? "";
    text.disabled = !room;
    grow(text);
  }

  /** @param {Event} event */
  #submit(event) {
    const { text } = this;
    event.preventDefault();
    if (!text.value.trim()) return;
    const typed = text.value;
    text.value = "";
    if (this.room) this.room.draft = "";
    grow(text);
    this.actions.typed(typed);
    text.focus();
  }

  #changed() {
    if (this.room) this.room.draft = this.text.value;
    grow(this.text);
    this.actions.typing(this.text.value);
  }

  /**
   * Several lines would be text for the room. What follows a typed `/msg bob ` must not be, so they become one.
   * @param {ClipboardEvent} event
   */
  #paste(event) {
    const { text } = this;
    const pasted = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!/[\r\n]/.test(pasted) || !isCommand(text.value.slice(0, text.selectionStart))) return;
    event.preventDefault();
    text.setRangeText(pasted.replace(/[\r\n]+/g, " "), text.selectionStart, text.selectionEnd, "end");
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("composer", HTMLFormElement).requestSubmit();
    }
    if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault();
      this.actions.page(event.key === "PageUp" ? -1 : 1);
    }
  }
}

/**
 * Make the message box as high as its text, up to the style sheet's limit.
 * @param {HTMLTextAreaElement} text
 */
function grow(text) {
  if (growsAlone) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
}
