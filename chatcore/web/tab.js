/**
 * Which tab this is. Duplicating a tab copies what it keeps (kept.js), the tab's name too: whoever finds that a living
 * page has the name is the copy.
 *
 * A page has its name by a lock, where the browser has locks: it lets go of them for a page that is thrown away. Over
 * plain http from elsewhere it has none, and the others are asked.
 */

const LOCK = "chat-tab-";
const CHANNEL = "chat-tabs";
const PATIENCE_MS = 400; // for an answer of another tab

/** Return a name that no other tab has. */
export function newTab() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("");
}

/**
 * Have a tab's name for as long as this page lives. Returns whether it can: no other page has it.
 * @param {string} name
 */
export function take(name) {
  return navigator.locks ? byLock(name) : byAsking(name);
}

/**
 * Have a tab's name that no other page can have for long: it is new, or the page that has had it goes.
 * @param {string} name
 */
export function have(name) {
  if (navigator.locks)
    navigator.locks.request(LOCK + name, forever).catch(() => {}); // where a browser forbids it
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
    request.catch(() => resolve(false)); // forbidden: nobody can tell, and the form is safe
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
