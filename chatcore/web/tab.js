/**
 * Which tab this is. Duplicating a tab copies what it keeps (kept.js), and with that the tab's name: a page is the copy
 * if another live page holds its name.
 *
 * A page holds its name by a lock, where the browser has locks: it releases those of a page that it discards. Over plain
 * HTTP from another machine it has none, and the page asks the other tabs.
 */

const LOCK = "chat-tab-";
const CHANNEL = "chat-tabs";
const PATIENCE_MS = 400; // for another tab's answer

/** Return a name that no other tab has. */
export function newTab() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("");
}

/**
 * Take a tab's name for as long as this page lives. Returns false if another page holds it.
 * @param {string} name
 */
export function take(name) {
  return navigator.locks ? byLock(name) : byAsking(name);
}

/**
 * Take a tab's name that is new, or whose last holder is going away.
 * @param {string} name
 */
export function have(name) {
  if (navigator.locks)
    navigator.locks.request(LOCK + name, forever).catch(() => {}); // the browser forbids it
  else answerFor(name, new BroadcastChannel(CHANNEL));
}

function forever() {
  return new Promise(() => {});
}

/**
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function byLock(name) {
  return new Promise((resolve) => {
    const request = navigator.locks.request(LOCK + name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && forever();
    });
    request.catch(() => resolve(false)); // forbidden: there is no way to tell, and the login form is safe
  });
}

/**
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function byAsking(name) {
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      answerFor(name, channel);
      resolve(true);
    }, PATIENCE_MS);
    channel.onmessage = ({ data }) => {
      if (data.taken !== name) return;
      clearTimeout(timer);
      channel.close();
      resolve(false);
    };
    channel.postMessage({ asked: name });
  });
}

/**
 * @param {string} name
 * @param {BroadcastChannel} channel
 */
function answerFor(name, channel) {
  channel.onmessage = ({ data }) => data.asked === name && channel.postMessage({ taken: name });
}
