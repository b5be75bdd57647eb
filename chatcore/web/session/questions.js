/**
 * What was asked of the tracker, until it is answered: by label, each with what becomes of its answer. Pure.
 *
 * https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
 *
 * @import { Message, Outgoing } from "../protocol/irc.js"
 */

import { MAX_ENTRIES, MAX_REQUESTS, makePlace } from "../protocol/bounds.js";

/**
 * What becomes of the answer to a question: messages, or in words why there are none, and what said so.
 *
 * Such a one takes the batch that answers by its own type, as a history. With `isWhole` it takes all that has its label: a
 * batch of several lines, one line, or ACK, which is told to whom it concerns as well; errors are for `fail` alone.
 * @typedef {{take: (messages: Message[]) => void, fail: (text: string, message?: Message) => void, isWhole?: boolean}} Answer
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

  /**
   * Return whether what has this label is wanted whole by somebody.
   * @param {string | undefined} label
   */
  isForWhole(label) {
    return this.waiting.get(label ?? "")?.isWhole === true;
  }

  /**
   * Take note of a message that may be an answer, or part of one, to who wants it whole.
   * @param {Message} message
   * @param {Batch | undefined} batch that it is in
   */
  hear(message, batch) {
    const { label = "" } = message.tags;
    if (message.command === "BATCH" || !this.isForWhole(label)) return;
    if (!batch) this.answered(label)?.take([message]);
    else if (batch.messages.length < MAX_ENTRIES) batch.messages.push(message);
  }

  /**
   * A batch of whatever answers a question has ended.
   * @param {Batch} batch
   */
  end(batch) {
    if (this.isForWhole(batch.label)) this.answered(batch.label)?.take(batch.messages);
  }

  /** The connection is gone: nothing will be answered. */
  clear() {
    this.batches.clear();
    this.waiting.clear();
  }
}
