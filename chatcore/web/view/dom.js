/** Making and keeping elements. Text goes in as text, never as HTML. */

const SAVED_MS = 60_000; // after which a browser has surely begun to save

/**
 * Return the element of the page with this id, which is of this kind.
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
 * Make an element.
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
 * Have an element say a text, if it does not yet: what is the same costs nothing.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Give an element an attribute, if it has another value; `false` takes it away, `true` is ''.
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
 * What an element is built from. `key` tells it from its siblings; `look` changes when it must be built anew.
 * @typedef {{key: string, look: string, build: () => HTMLElement}} Item
 */

/** @type {WeakMap<HTMLElement, Map<string, {element: HTMLElement, look: string}>>} */
const built = new WeakMap(); // by parent, and there by key

/**
 * Make the children of `parent` those of `items`, in their order; what has not changed stays as it is.
 *
 * That keeps the reader's place, selection and focus, and has a screen reader read only what is new.
 * @param {HTMLElement} parent nobody else puts children there
 * @param {Item[]} items
 */
export function reconcile(parent, items) {
  const known = built.get(parent) ?? new Map();
  const now = new Map();
  const keys = new Set(items.map(({ key }) => key));
  for (const [key, { element }] of known) if (!keys.has(key)) element.remove(); // first: the others need not move then
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
 * Have the focus where it was in the element that this one takes the place of: on it, or on its part of the same name.
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
 * Do something; what goes wrong in it is reported, and stops nothing else.
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
 * Have the browser save a file, where the person wants it.
 * @param {string} name
 * @param {Blob} content
 */
export function saveFile(name, content) {
  const href = URL.createObjectURL(content);
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), SAVED_MS);
}

/**
 * Return whether an element that had the focus can have it no longer, and nothing else has it now.
 * @param {Element} element
 */
export function isGone(element) {
  const { activeElement, body } = document;
  if (activeElement !== element && activeElement !== body) return false;
  return !element.isConnected || element.closest("[hidden], dialog:not([open])") !== null;
}
