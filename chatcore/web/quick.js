/** Lets the browser keep the page for a quick start (worker.js), which it does only over TLS that it trusts. */

/** Register the service worker once the page has loaded. Without it, everything else still works. */
export function startQuickly() {
  if (location.protocol !== "https:" || !("serviceWorker" in navigator)) return;
  addEventListener("load", () => navigator.serviceWorker.register("worker.js").catch(() => {}));
}
