/** Dialogs over the chat: each is in the document only while it is open. */

import { byId, make } from "./dom.js";

/**
 * Open a dialog.
 * @param {string} id
 * @param {Object<string, string>} name `aria-label` or `aria-labelledby`
 * @param {(Node | string)[]} parts
 * @param {() => void} dismiss called on Escape, and if `isLight` on a click outside
 * @param {boolean} isLight
 */
export function openDialog(id, name, parts, dismiss, isLight = false) {
  byId("chat").append(make("dialog", { id, ...name }, ...parts));
  const dialog = byId(id, HTMLDialogElement);
  dialog.oncancel = (event) => {
    event.preventDefault();
    dismiss();
  };
  dialog.onclick = ({ target }) => {
    if (isLight && target === dialog) dismiss(); // returns nothing: false would cancel the click
  };
  dialog.showModal();
  return dialog;
}

/**
 * Close a dialog, if it is open; the focus returns to where it was.
 * @param {Element | null} dialog
 */
export function closeDialog(dialog) {
  if (dialog instanceof HTMLDialogElement) dialog.close();
  dialog?.remove();
}
