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
 * What an element is built from. `key` tells it from its siblings; `look` changes when it must be built anew.
 * @typedef {{key: string, look: string, build: () => HTMLElement}} Item
 */

/**
 * Make the children of `parent` those of `items`, in their order; what has not changed stays as it is.
 *
 * That keeps the reader's place, selection and focus, and has a screen reader read only what is new.
 * @param {HTMLElement} parent
 * @param {Item[]} items
 */
export function reconcile(parent, items) {
  const children = /** @type {Iterable<HTMLElement>} */ (parent.children);
  const known = new Map([...children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const { key, look, build } of items) {
    const old = known.get(key);
    known.delete(key);
    if (old?.dataset.look === look) {
      if (old === place) place = old.nextElementSibling;
      else parent.insertBefore(old, place);
      continue;
    }
    const fresh = build();
    Object.assign(fresh.dataset, { key, look });
    parent.insertBefore(fresh, place);
    if (!old) continue;
    const hadFocus = old.contains(document.activeElement);
    if (old === place) place = old.nextElementSibling;
    old.remove();
    if (hadFocus) fresh.querySelector("button")?.focus();
  }
  for (const stale of known.values()) stale.remove();
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
