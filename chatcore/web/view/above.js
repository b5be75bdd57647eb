/** What covers the conversation on a phone: drawers, the search, dialogs. */

import { byId } from "./dom.js";

const POPOVER = CSS.supports("selector(:popover-open)") ? ":popover-open" : "dialog[open]"; // for older browsers
const narrow = matchMedia("(max-width: 719px)");

/**
 * Call a function when something over the conversation may have been opened or closed.
 * @param {() => void} changed
 */
export function watchAbove(changed) {
  const observer = new MutationObserver(changed);
  observer.observe(byId("chat"), { childList: true });
  for (const id of ["rooms", "members", "search", "finder"]) {
    observer.observe(byId(id), { attributeFilter: ["class", "hidden"] });
  }
  const dialogs = new MutationObserver(changed);
  dialogs.observe(byId("chat"), { subtree: true, attributeFilter: ["open"] });
  document.addEventListener("toggle", changed, true); // of popovers
}

/** Return whether something covers the conversation, on a page too narrow for both. */
export function isAbove() {
  return narrow.matches && uppermost() !== null;
}

/** Close the topmost thing over the conversation; return whether there was one. */
export function closeAbove() {
  const element = narrow.matches ? uppermost() : null;
  if (!element) return false;
  if (element instanceof HTMLDialogElement) cancel(element);
  else if (element.matches(POPOVER)) element.hidePopover();
  else byId(CLOSERS[element.id] ?? "shade").click();
  return true;
}

/** @type {Object<string, string>} */
const CLOSERS = { search: "search-close", finder: "finder-close" };

/** @returns {HTMLElement | null} */
function uppermost() {
  const chat = byId("chat");
  if (chat.hidden) return null;
  return (
    lastOf(chat, "dialog[open]") ??
    lastOf(chat, POPOVER) ??
    lastOf(chat, ":is(#rooms, #members).open") ??
    lastOf(chat, "#search:not([hidden])") ??
    (byId("finder-close").hidden ? null : lastOf(chat, "#finder:not([hidden])"))
  );
}

/**
 * @param {HTMLElement} chat
 * @param {string} selector
 */
function lastOf(chat, selector) {
  return /** @type {HTMLElement | undefined} */ ([...chat.querySelectorAll(selector)].at(-1)) ?? null;
}

/** @param {HTMLDialogElement} dialog */
function cancel(dialog) {
  if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
}
