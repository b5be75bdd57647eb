/**
 * Keepalive: when to ping the tracker, and when to consider it dead. A network that was cut gives no sign, and a stopped
 * tracker still accepts what is sent: only a missing answer shows either. The terminal client has the same rules
 * (connecting/pulse.py).
 */

const QUIET_MS = 15_000; // ping after this long without hearing anything,
const HIDDEN_QUIET_MS = 45_000; // later if the page is hidden,
const SAID_MS = 3000; // and sooner if we have sent something since: everything we send gets an answer
const ANSWER_MS = 10_000; // with SAID_MS, longer than a message may wait in a tracker: see docs/cluster.md
const HURRIED_ANSWER_MS = 4000; // when a person comes back to the page

/** Watches one connection, and is told what is received and sent. */
export class Pulse {
  #ask = 0; // timers
  #end = 0;
  #isWaiting = false; // something was sent since anything was received

  /**
   * @param {() => void} ask pings the tracker
   * @param {() => void} giveUp called when there is no answer
   */
  constructor(ask, giveUp) {
    this.ask = ask;
    this.giveUp = giveUp;
  }

  /** Note that something was received. */
  hear() {
    this.stop();
    this.#askAfter(document.hidden ? HIDDEN_QUIET_MS : QUIET_MS);
  }

  /** Note that something was sent that gets an answer. */
  say() {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#askAfter(SAID_MS);
  }

  /** Find out whether the tracker is there. */
  probe(patience = HURRIED_ANSWER_MS) {
    this.ask();
    this.expect(patience);
  }

  /**
   * Give up unless something is received in time.
   * @param {number} patience in ms
   */
  expect(patience) {
    clearTimeout(this.#end);
    this.#end = setTimeout(this.giveUp, patience);
  }

  /** Stop waiting. */
  stop() {
    clearTimeout(this.#ask);
    clearTimeout(this.#end);
    this.#end = 0;
    this.#isWaiting = false;
  }

  /** @param {number} pause in ms */
  #askAfter(pause) {
    clearTimeout(this.#ask);
    this.#ask = setTimeout(() => this.#end || this.probe(ANSWER_MS), pause);
  }
}
