/**
 * Takes what a link says behind its # out of the address, where an invitation would be seen. No module: it runs before
 * the page loads anything else. app.js finds what was there in `brought`, and deletes it.
 */
if (location.hash) {
  Object.defineProperty(globalThis, "brought", { value: location.hash, configurable: true });
  history.replaceState(null, "", location.pathname + location.search);
}
