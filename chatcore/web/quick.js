/** Lets the browser keep the page for a quick start (worker.js), where it does that: over TLS that it trusts. */

/** Begin with it once the page is there. Where it cannot be, all else works as well. */
export function startQuickly() {
  if (location.protocol !== "https:" || !("serviceWorker" in navigator)) return;
  addEventListener("load", () => navigator.serviceWorker.register("worker.js").catch(() => {}));
}
