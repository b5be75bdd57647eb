/**
 * Whether the tracker still lives. A network that has been cut says nothing, and a tracker that was stopped takes what it
 * is sent: only an answer that does not come shows either. The terminal client has the same rules (connecting/pulse.py).
 */

const QUIET_MS = 15_000; // then the tracker is asked whether it is there,
const HIDDEN_QUIET_MS = 45_000; // later where nobody looks,
const SAID_MS = 3000; // and soon if it has said nothing to what it was sent
const ANSWER_MS = 10_000; // with that it is more than a message may wait in a tracker: see docs/cluster.md
const HURRIED_ANSWER_MS = 4000; // when a person comes back to the page

/** Told of what is heard and said. */
export class Pulse {
  #ask = 0; // timers
  #end = 0;
  #isWaiting = false; // something was said since something was heard

  /**
   * @param {() => void} ask asks the tracker for an answer
   * @param {() => void} giveUp is called when there is none
   */
  constructor(ask, giveUp) {
    this.ask = ask;
    this.giveUp = giveUp;
  }

  /** Something was heard: the silence starts anew. */
  hear() {
    this.stop();
    this.#askAfter(document.hidden ? HIDDEN_QUIET_MS : QUIET_MS);
  }

  /** Something was said, to which there will be an answer. */
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
   * Give up unless something is heard.
   * @param {number} patience in ms
   */
  expect(patience) {
    clearTimeout(this.#end);
    this.#end = setTimeout(this.giveUp, patience);
  }

  /** Wait for nothing. */
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
