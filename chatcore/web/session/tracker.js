/** What is known of the tracker: its name, capabilities and clock. It outlives lost connections. Pure. */

/** The tracker that the user is connected to. */
export class Tracker {
  name = "";
  born = ""; // identifies one run of a tracker
  isSame = true; // as before the connection was lost
  clock = 0; // its time, as last heard (Unix, ms)
  /** @type {Map<string, string>} */
  isupport = new Map();
  /** @type {string[]} */
  motd = [];
  /** @type {Set<string>} */
  capabilities = new Set(); // those offered
  redactMs = 0; // for how long we can redact our own messages, as far as it has told
  limits = { lines: 0, bytes: 0 }; // for one multiline message

  /**
   * Return whether it has a capability.
   * @param {string} name
   */
  can(name) {
    return this.capabilities.has(name);
  }

  /** What it says about its log: the last line of its message of the day. */
  get aboutLog() {
    return this.motd.at(-1) ?? "";
  }

  /** What it says about how long messages are kept: the lines before that. */
  get aboutHistory() {
    return this.motd.at(-2) ?? "";
  }
}
