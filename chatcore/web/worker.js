/**
 * Has the page there at once when it is opened again: its start page and what that names come from what was kept of
 * them, and the newest are fetched behind, for the next time. That is all: nothing else is kept, no address but the
 * page's own, and nothing of what a link says. A service worker, which has no page; beside the page, as it serves what is
 * below its own path.
 */
{
  const home = new URL("./", location.href);
  const name = `page:${home.pathname}`; // beside those of others at this host
  const lasting = /"(a\/[0-9a-f]{20}\/[\w.-]+)"/g; // as the start page names its files
  const worker = /** @type {any} */ (globalThis);

  worker.addEventListener("install", (/** @type {any} */ event) => {
    worker.skipWaiting();
    event.waitUntil(renew());
  });

  worker.addEventListener("fetch", (/** @type {any} */ event) => {
    const { method, mode, url } = event.request;
    const { origin, pathname, search } = new URL(url);
    if (method !== "GET" || origin !== home.origin || search) return;
    const path = pathname.startsWith(home.pathname) ? pathname.slice(home.pathname.length) : null;
    if (path === "" && mode === "navigate") {
      event.respondWith(find(home.href, event.request));
      event.waitUntil(renew().catch(() => {})); // there is no network: what is kept stays
    } else if (path?.startsWith("a/")) event.respondWith(find(home.href + path, event.request));
  });

  /**
   * Return what was kept from an address, or fetch it.
   * @param {string} address
   * @param {Request} request
   */
  async function find(address, request) {
    return (await (await caches.open(name)).match(address)) ?? fetch(request);
  }

  /** Keep the newest page: first its files, then the start page that names them. */
  async function renew() {
    const response = await fetch(home.href, { cache: "no-cache" });
    if (response.status === 429 || response.status >= 500) return; // for a while
    const files = await filesOf(response.clone());
    if (!response.ok || response.redirected || !files.length) return forget();
    const cache = await caches.open(name);
    const kept = (await cache.keys()).map(({ url }) => url);
    const before = await cache.match(home.href); // which a tab may just be opening
    const needed = [home.href, ...files, ...(before ? await filesOf(before) : [])];
    await cache.addAll(files.filter((file) => !kept.includes(file)));
    await cache.put(home.href, response);
    for (const url of kept) if (!needed.includes(url)) await cache.delete(url);
  }

  /**
   * Return the addresses of the files that a start page names.
   * @param {Response} response
   */
  async function filesOf(response) {
    const text = await response.text();
    return [...new Set([...text.matchAll(lasting)].map(([, path]) => home.href + path))];
  }

  /** There is something else at this address now, perhaps somebody who asks who one is: it must be seen. */
  async function forget() {
    await caches.delete(name);
    await worker.registration.unregister();
  }
}
