/**
 * Takes what a link says behind its # out of the address, where an invitation would be seen. No module: it runs before
 * the page loads anything else. app.js finds what was there in `brought`, and deletes it.
 */
if (location.hash) {
  Object.defineProperty(globalThis, "brought", { value: location.hash, configurable: true });
  location.replace("#"); // Chromium takes the address before this for one that only led here, and does not show it
  history.replaceState(null, "", location.pathname + location.search);
}
