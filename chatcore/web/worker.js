/**
 * The service worker: shows the page at once when it is opened again. The start page and the files that it names come
 * from a cache, and the newest are fetched in the background for the next time. Nothing else is cached: no address but
 * the page's own, and nothing from a link. It lies next to the page, since it can serve only what is below its own path.
 */
{
  const home = new URL("./", location.href);
  const name = `page:${home.pathname}`; // other pages at this host have their own
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
      event.waitUntil(renew().catch(() => {})); // there is no network: the cache stays as it is
    } else if (path?.startsWith("a/")) event.respondWith(find(home.href + path, event.request));
  });

  /**
   * Return what is cached from an address, or else fetch it.
   * @param {string} address
   * @param {Request} request
   */
  async function find(address, request) {
    return (await (await caches.open(name)).match(address)) ?? fetch(request);
  }

  /** Cache the newest page: first its files, then the start page that names them. */
  async function renew() {
    const response = await fetch(home.href, { cache: "no-cache" });
    if (response.status === 429 || response.status >= 500) return; // a passing problem
    const files = await filesOf(response.clone());
    if (!response.ok || response.redirected || !files.length) return forget();
    const cache = await caches.open(name);
    const kept = (await cache.keys()).map(({ url }) => url);
    const before = await cache.match(home.href); // a tab may be opening it right now
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

  /** Give up the cache: something else is at this address now, perhaps a proxy's login page, and must be seen. */
  async function forget() {
    await caches.delete(name);
    await worker.registration.unregister();
  }
}
