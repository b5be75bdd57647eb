/** What is known of the tracker: what it is, what it can do, its time. It outlives lost connections. Pure. */

/** The tracker that somebody is at. */
export class Tracker {
  name = "";
  born = ""; // tells one run of a tracker from another
  isSame = true; // as before the connection was lost
  clock = 0; // its time, as last heard (Unix, ms)
  /** @type {Map<string, string>} */
  isupport = new Map();
  /** @type {string[]} */
  motd = [];
  /** @type {Set<string>} */
  capabilities = new Set(); // that were offered
  redactMs = 0; // for how long one can take back what one said, as far as it has told
  limits = { lines: 0, bytes: 0 }; // of a message of several lines

  /**
   * Return whether it has a capability.
   * @param {string} name
   */
  can(name) {
    return this.capabilities.has(name);
  }

  /** What it says about its log: the last line of its welcome text. */
  get aboutLog() {
    return this.motd.at(-1) ?? "";
  }

  /** What it says before that of how long things are kept. */
  get aboutHistory() {
    return this.motd.at(-2) ?? "";
  }
}
