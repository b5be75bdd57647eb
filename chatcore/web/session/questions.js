/**
 * What was asked of the tracker, until it is answered: by label, each with what becomes of its answer. Pure.
 *
 * https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
 *
 * @import { Message, Outgoing } from "../protocol/irc.js"
 */

import { MAX_REQUESTS, makePlace } from "../protocol/bounds.js";

/**
 * What becomes of the answer to a question: messages, or in words why there are none.
 * @typedef {{take: (messages: Message[]) => void, fail: (text: string) => void}} Answer
 */

/**
 * A batch that has not ended, and the message that it began with.
 * @typedef {{opening: Message, type: string, params: string[], label: string, messages: Message[]}} Batch
 */

/** Questions without an answer, and batches that have not ended. */
export class Questions {
  labels = 0; // given so far
  /** @type {Map<string, Batch>} */
  batches = new Map(); // by reference
  /** @type {Map<string, Answer>} */
  waiting = new Map(); // by label

  /** @param {(message: Outgoing) => void} send */
  constructor(send) {
    this.send = send;
  }

  /** Return a label that no other message to the tracker has. */
  newLabel() {
    return `w${++this.labels}`;
  }

  /**
   * Ask the tracker something that it answers with messages.
   * @param {Outgoing} message
   * @param {Answer} answer
   */
  ask(message, answer) {
    const label = this.newLabel();
    makePlace(this.waiting, MAX_REQUESTS);
    this.waiting.set(label, answer);
    this.send({ ...message, tags: { label } });
  }

  /**
   * Return what waits for the answer with this label, if anything; it waits no longer.
   * @param {string} label
   */
  answered(label) {
    const answer = this.waiting.get(label);
    this.waiting.delete(label);
    return answer;
  }

  /** The connection is gone: nothing will be answered. */
  clear() {
    this.batches.clear();
    this.waiting.clear();
  }
}
