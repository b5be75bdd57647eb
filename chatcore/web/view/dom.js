/** Creating and updating elements. Text is set as text, never as HTML. */

const SAVED_MS = 60_000; // by then a browser has started to save

/**
 * Return the element with this id, checking that it is of this class.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind = /** @type {new () => T} */ (HTMLElement)) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new TypeError(`no ${kind.name} with the id ${id}`);
  return element;
}

/**
 * Create an element.
 * @param {string} tag
 * @param {Object<string, string | boolean | (() => void)>} attributes a function handles an event; false is left out
 * @param {...(Node | string)} children strings become text nodes, but '' is left out
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== ""));
  return element;
}

/**
 * Set an element's text, unless it is the same: then nothing is redrawn.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set an element's attribute, unless it has that value; `false` removes it, `true` means ''.
 * @param {Element} element
 * @param {string} name
 * @param {string | boolean} value
 */
export function setAttribute(element, name, value) {
  const text = value === true ? "" : value;
  if (text === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * How to build an element. `key` distinguishes it from its siblings; `look` changes when it must be rebuilt.
 * @typedef {{key: string, look: string, build: () => HTMLElement}} Item
 */

/** @type {WeakMap<HTMLElement, Map<string, {element: HTMLElement, look: string}>>} */
const built = new WeakMap(); // by parent, and there by key

/**
 * Update the children of `parent` to match `items`, in order; unchanged elements are kept.
 *
 * This keeps the scroll position, selection and focus, and makes a screen reader announce only what is new.
 * @param {HTMLElement} parent owned by this function: nobody else adds children
 * @param {Item[]} items
 */
export function reconcile(parent, items) {
  const known = built.get(parent) ?? new Map();
  const now = new Map();
  const keys = new Set(items.map(({ key }) => key));
  for (const [key, { element }] of known) if (!keys.has(key)) element.remove(); // first, so that others need not move
  let place = parent.firstElementChild;
  for (const { key, look, build } of items) {
    const old = known.get(key);
    if (old?.look === look) {
      now.set(key, old);
      if (old.element === place) place = place?.nextElementSibling ?? null;
      else parent.insertBefore(old.element, place);
      continue;
    }
    const element = build();
    now.set(key, { element, look });
    parent.insertBefore(element, place);
    if (!old) continue;
    if (old.element.contains(document.activeElement)) focusSame(element, old.element);
    if (old.element === place) place = old.element.nextElementSibling;
    old.element.remove();
  }
  built.set(parent, now);
}

/**
 * Restore the focus within a replaced element: to the new element, or to its part with the same name.
 * @param {HTMLElement} fresh
 * @param {HTMLElement} old
 */
function focusSame(fresh, old) {
  const { activeElement: focused } = document;
  const part = focused instanceof HTMLElement ? focused.dataset.part : undefined;
  const isWhole = focused === old && old.tabIndex === -1;
  const same = part === undefined ? null : fresh.querySelector(`[data-part="${CSS.escape(part)}"]`);
  if (isWhole || (part !== undefined && !same)) fresh.tabIndex = -1;
  if (same instanceof HTMLElement) same.focus();
  else if (fresh.tabIndex === -1) fresh.focus({ preventScroll: true });
  else (fresh.querySelector("button") ?? fresh).focus();
}

/**
 * Call a function; report an exception instead of letting it stop anything else.
 * @param {() => void} act
 */
export function attempt(act) {
  try {
    act();
  } catch (error) {
    reportError(error);
  }
}

/**
 * Let the browser save a file where the user wants it.
 * @param {string} name
 * @param {Blob} content
 */
export function saveFile(name, content) {
  const href = URL.createObjectURL(content);
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), SAVED_MS);
}

/**
 * Return whether an element has lost the focus because it was removed or hidden, and nothing else has it now.
 * @param {Element} element
 */
export function isGone(element) {
  const { activeElement, body } = document;
  if (activeElement !== element && activeElement !== body) return false;
  return !element.isConnected || element.closest("[hidden], dialog:not([open])") !== null;
}
