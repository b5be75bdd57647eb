/**
 * Text that is typed, pasted or dropped while no field has the focus goes to the message box.
 *
 * @import { Composer } from "./composer.js"
 */

import { byId } from "./dom.js";

const FIELDS = "input, textarea, select, [contenteditable=true]";
const PRESSED = "button, a, summary, [role=button], [role=option]";

/**
 * Route such input to the message box.
 * @param {Composer} composer
 */
export function land(composer) {
  document.addEventListener("keydown", (event) => {
    if (isTyped(event) && isFree(event, composer)) composer.text.focus(); // the character goes there
  });
  document.addEventListener("paste", (event) => {
    if (!isFree(event, composer)) return;
    event.preventDefault();
    composer.text.focus();
    composer.insert(event.clipboardData?.getData("text/plain") ?? "");
  });
  document.addEventListener("dragover", (event) => {
    if (!(event.target instanceof Element && event.target.closest(FIELDS))) event.preventDefault();
  });
  document.addEventListener("drop", (event) => drop(event, composer));
}

/**
 * Put dropped text into the box. A dropped file would replace the page, so that is prevented.
 * @param {DragEvent} event
 * @param {Composer} composer
 */
function drop(event, composer) {
  const { target, dataTransfer } = event;
  const isInBox = target === composer.text;
  const dropped = dataTransfer?.getData("text/plain") ?? "";
  if (target instanceof Element && target.closest(FIELDS) && !(isInBox && composer.isQuestion(dropped))) return;
  const isTaken = isInBox || isFree(event, composer);
  event.preventDefault();
  if (!dropped || !isTaken) return;
  composer.text.focus();
  composer.insert(dropped);
}

/** @param {KeyboardEvent} event */
function isTyped(event) {
  const isCharacter = [...event.key].length === 1;
  const isShortcut = event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph"));
  const isPressing = event.key === " " && event.target instanceof Element && event.target.closest(`${PRESSED}, #log`);
  return isCharacter && !isShortcut && !isPressing;
}

/**
 * Return whether nothing else handles an event, and the box can.
 * @param {Event} event
 * @param {Composer} composer
 */
function isFree(event, composer) {
  const isTaken = event.defaultPrevented || (event.target instanceof Element && event.target.closest(FIELDS));
  const isCovered = byId("chat").hidden || byId("talk").inert || document.querySelector("dialog[open]");
  return !isTaken && !isCovered && !composer.text.disabled && composer.text.offsetParent !== null;
}
