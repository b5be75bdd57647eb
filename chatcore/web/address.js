/**
 * Removes a link's fragment from the address, where an invitation could be seen. Not a module: it runs before the page
 * loads anything else. `takeLink` of entrance.js reads the fragment in the global `brought`, and deletes it there.
 */
if (location.hash) {
  Object.defineProperty(globalThis, "brought", { value: location.hash, configurable: true });
  location.replace("#"); // Chromium then treats the address before as a redirect, which its history does not show
  history.replaceState(null, "", location.pathname + location.search);
}
