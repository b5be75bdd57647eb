/** Making and keeping elements. Text goes in as text, never as HTML. */

/** Return the element with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, *>} attributes `class`, `onclick` and the like, and attributes; null and false are left out
 * @param {...(Node|string)} children strings become text nodes
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (typeof value === "function") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

/**
 * Make the children of `parent` be those of `items`, in their order; what has not changed stays as it is.
 *
 * That keeps the reader's place, selection and focus, and has a screen reader read only what is new.
 * @param {{key: string, look: string, build: function(): Element}[]} items `look` changes when the element must
 */
export function reconcile(parent, items) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const { key, look, build } of items) {
    const old = known.get(key);
    known.delete(key);
    if (old?.dataset.look === look) {
      if (old === place) place = place.nextElementSibling;
      else parent.insertBefore(old, place);
      continue;
    }
    const fresh = build();
    Object.assign(fresh.dataset, { key, look });
    parent.insertBefore(fresh, place);
    if (!old) continue;
    const hadFocus = old.contains(document.activeElement);
    if (old === place) place = place.nextElementSibling;
    old.remove();
    if (hadFocus) (fresh.matches("button") ? fresh : fresh.querySelector("button"))?.focus();
  }
  for (const stale of known.values()) stale.remove();
}
