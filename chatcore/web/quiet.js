/**
 * What this browser keeps for all pages of one tracker: whom the person ignores, which messages of each room they are
 * notified of, and whether they want notifications at all. Only names are kept. An open page takes over what another
 * page changes.
 *
 * @import { Session } from "./session/session.js"
 */

const PREFIX = "chat-quiet ";

/** Keeps these choices for one tracker. */
export class Quiet {
  /** Whether the person wants notifications. */
  isNotifying = false;

  /**
   * @param {string} url of the tracker
   * @param {() => void} onChange called when another page has changed something
   */
  constructor(url, onChange) {
    this.key = PREFIX + url;
    /** @type {Session | null} */
    this.session = null;
    addEventListener("storage", ({ key }) => {
      if (key !== this.key) return;
      this.#read();
      onChange();
    });
  }

  /**
   * Give a session what is kept, and keep what it changes.
   * @param {Session} session
   */
  serve(session) {
    this.session = session;
    this.#read();
    session.ignored.onChange = () => this.#write();
    session.levels.onChange = () => this.#write();
  }

  /**
   * Note whether the person wants notifications.
   * @param {boolean} isOn
   */
  turn(isOn) {
    this.isNotifying = isOn;
    this.#write();
  }

  #read() {
    const kept = stored(this.key);
    this.isNotifying = kept.notify === true;
    this.session?.ignored.take(kept.ignored);
    this.session?.levels.take(kept.levels);
  }

  #write() {
    const { ignored, levels } = this.session ?? {};
    const kept = { notify: this.isNotifying, ignored: ignored?.names ?? [], levels: levels?.chosen ?? {} };
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
    } catch {
      // the browser keeps nothing: the choices hold until the page is closed
    }
  }
}

/**
 * @param {string} key
 * @returns {{notify?: unknown, ignored?: unknown, levels?: unknown}}
 */
function stored(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
    return typeof kept === "object" && kept ? kept : {};
  } catch {
    return {};
  }
}
