/**
 * The message box: what is typed, each room's draft, and what keys and pastes do.
 *
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { EMOJI_NAMES, hint, offer } from "../commands/completing.js";
import { isCommand, isSecret } from "../commands/slash.js";
import { obstacleText } from "../session/obstacle.js";
import { messagesOf, takesLines } from "../session/sending.js";
import { words } from "../words.js";
import { Completion, replace } from "./completion.js";
import { byId } from "./dom.js";
import { land } from "./landing.js";
import { askHow } from "./pasting.js";

const MOST_UNASKED = 5; // pasted lines
const NEVER_SPLIT = 300; // bytes: a text of this size is never split
const NAMED_EMOJI = /(?:^|\s)(:([a-z0-9_+-]+):)$/;

/**
 * The actions of the message box: `typed` gets the text that was sent, `apart` lines that are each a message, whatever
 * they look like, `typing` the current text, `page` a direction to scroll.
 * @typedef {{typed: (text: string) => void, apart: (lines: string[]) => void, typing: (text: string) => void,
 *   page: (direction: 1 | -1) => void}} ComposerActions
 */

const growsAlone = CSS.supports("field-sizing", "content"); // otherwise each key costs a layout

/** The message box. */
export class Composer {
  /** @type {Session | null} */
  #session = null;
  #isWanted = false; // focus the box once something can be said

  /** @param {ComposerActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.text = byId("text", HTMLTextAreaElement);
    /** @type {Room | null} */
    this.room = null;
    this.completion = new Completion(this.text, {
      offer: (before) => offer(/** @type {Session} */ (this.#session), before),
      changed: () => this.#changed(),
    });
    byId("composer", HTMLFormElement).onsubmit = (event) => this.#submit(event);
    this.text.oninput = (event) => this.#input(event);
    this.text.onpaste = (event) => this.#paste(event);
    this.text.onkeydown = (event) => this.#key(event);
    land(this);
  }

  /**
   * Show the current room's draft; disable the box where nothing can be said.
   * @param {Session} session
   */
  show(session) {
    const room = session.current;
    this.#session = session;
    if (room !== this.room) this.#enter(room);
    const obstacle = session.isOver ? words.obstacle.over : obstacleText(session, room);
    this.#allow(Boolean(room) && !obstacle);
    const label = room ? words.composer.to(room.name) : words.room.message;
    const shown = obstacle ? words.obstacle.short : label; // the bar gives the reason
    if (this.text.placeholder === shown) return;
    byId("text-label").textContent = shown;
    this.text.placeholder = shown;
  }

  /** Focus the box, except where that would open an on-screen keyboard. */
  focus() {
    if (matchMedia("(pointer: coarse)").matches) return;
    this.#isWanted = this.text.disabled;
    this.text.focus();
  }

  /**
   * Enable or disable the box. When it is enabled again, it gets the focus back, unless that has moved elsewhere.
   * @param {boolean} isAllowed
   */
  #allow(isAllowed) {
    const { text } = this;
    if (text.disabled !== isAllowed) return; // a browser moves the focus only when this changes
    if (!isAllowed) this.#isWanted = document.activeElement === text;
    text.disabled = byId("send", HTMLButtonElement).disabled = !isAllowed;
    if (isAllowed && this.#isWanted && document.activeElement === document.body) text.focus();
    if (isAllowed) this.#isWanted = false;
  }

  /**
   * Insert a text at the cursor, or ask what to do with it.
   * @param {string} pasted
   */
  insert(pasted) {
    const { text } = this;
    const { selectionStart: from, selectionEnd: to, value } = text;
    const isAfterCommand = /[\r\n]/.test(pasted.trim()) && isCommand(value.slice(0, from));
    // Several lines would be sent to the room, but text after a typed `/msg bob ` must not, so its lines are joined.
    if (isAfterCommand) this.#replace(from, to, pasted.trim().replace(/[\r\n]+/g, " "));
    else if (this.isQuestion(pasted)) this.#ask(value.slice(0, from), pasted, value.slice(to));
    else this.#replace(from, to, pasted);
  }

  /**
   * Return whether to ask what to do with a text: it has many lines, or the first looks like a command.
   * @param {string} pasted
   */
  isQuestion(pasted) {
    const lines = linesOf(pasted);
    return lines.length > MOST_UNASKED || (lines.length > 1 && isCommand(lines[0] ?? ""));
  }

  /** @param {Room | null} room */
  #enter(room) {
    const { text } = this;
    if (this.room) this.room.draft = text.value;
    this.room?.recall.leave();
    this.room = room;
    text.value = room?.draft ?? "";
    this.completion.close();
    this.#fit();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (!this.text.value.trim()) return;
    const typed = this.text.value;
    this.#sent(typed);
    this.actions.typed(typed);
    this.text.focus();
  }

  /**
   * Empty the box after sending. The arrow keys recall the text, unless it contains a password.
   * @param {string} typed
   */
  #sent(typed) {
    if (!isSecret(typed)) this.room?.recall.note(typed);
    this.text.value = "";
    if (this.room) this.room.draft = "";
    this.completion.close();
    this.#fit();
  }

  /** @param {Event} event */
  #input(event) {
    const { text } = this;
    const isComposing = event instanceof InputEvent && event.isComposing;
    const named = isComposing ? null : NAMED_EMOJI.exec(text.value.slice(0, text.selectionStart));
    const emoji = named && EMOJI_NAMES.get(named[2] ?? "");
    if (emoji) replace(text, text.selectionStart - (named[1]?.length ?? 0), text.selectionStart, emoji);
    this.room?.recall.leave();
    this.#changed();
    if (!isComposing) this.completion.update();
  }

  #changed() {
    if (this.room) this.room.draft = this.text.value;
    this.#fit();
    this.actions.typing(this.text.value);
  }

  /** Fit the box to its text, and show what the user should know before sending it. */
  #fit() {
    grow(this.text);
    const { value } = this.text;
    const text = hint(value) || (value.length > NEVER_SPLIT / 4 ? this.#count(value) : "");
    const shown = byId("composer-hint");
    if (shown.textContent !== text) shown.textContent = text;
  }

  /**
   * Return the hint that a text becomes several messages, if it does.
   * @param {string} value
   */
  #count(value) {
    if (!this.#session || !this.room || isCommand(value)) return "";
    const { length } = messagesOf(this.#session, this.room.name, value);
    return length > 1 ? words.composer.split(length) : "";
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (!/[\r\n]/.test(pasted.trim())) return;
    const isPlain = !this.isQuestion(pasted) && !isCommand(this.text.value.slice(0, this.text.selectionStart));
    if (isPlain) return;
    event.preventDefault();
    this.insert(pasted);
  }

  /**
   * Ask what to do with many lines.
   * @param {string} before the text before them
   * @param {string} pasted
   * @param {string} after
   */
  #ask(before, pasted, after) {
    const { room } = this;
    const session = this.#session;
    if (!session || !room) return;
    const whole = before + pasted + after;
    const lines = linesOf(whole);
    const messages = takesLines(session) ? messagesOf(session, room.name, whole).length : lines.length;
    askHow(lines, room.name, messages, (way) => {
      if (this.room !== room) return; // the user has left it meanwhile
      if (way === "edit") this.#replace(before.length, this.text.value.length - after.length, pasted);
      if (way !== "together" && way !== "apart") return;
      this.#sent(whole);
      if (way === "together") this.actions.typed(whole);
      else this.actions.apart(lines);
    });
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {string} by
   */
  #replace(from, to, by) {
    replace(this.text, from, to, by);
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // from an input method, also in Safari
    if (this.completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      byId("composer", HTMLFormElement).requestSubmit();
    }
    if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault();
      this.actions.page(event.key === "PageUp" ? -1 : 1);
    }
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (isPlain && (event.key === "ArrowUp" || event.key === "ArrowDown")) this.#recall(event);
  }

  /**
   * Recall what was sent, when an arrow key would not move within the text.
   * @param {KeyboardEvent} event
   */
  #recall(event) {
    const { text, room } = this;
    const { selectionStart, selectionEnd, value } = text;
    const isBack = room?.recall.isBack === true;
    const isAtEdge = event.key === "ArrowUp" ? selectionStart === 0 || isBack : isBack;
    const isOneLine = text.scrollHeight < 2 * Number.parseFloat(getComputedStyle(text).lineHeight) + 20;
    if (!room || selectionStart !== selectionEnd || !(isAtEdge || isOneLine)) return;
    const found = event.key === "ArrowUp" ? room.recall.older(value) : room.recall.newer();
    if (found === null) return;
    event.preventDefault();
    text.value = found;
    text.setSelectionRange(found.length, found.length);
    this.completion.close();
    this.#changed();
  }
}

/**
 * Return the lines of a text that are not blank.
 * @param {string} text
 */
function linesOf(text) {
  return text.split(/\r\n|[\r\n]/).filter((line) => line.trim());
}

/**
 * Fit the height of the message box to its text, up to the style sheet's limit.
 * @param {HTMLTextAreaElement} text
 */
function grow(text) {
  if (growsAlone) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
}
