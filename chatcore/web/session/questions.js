/**
 * Questions to the tracker that wait for an answer: each has a label and a handler for its answer. Pure.
 *
 * https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
 *
 * @import { Message, Outgoing } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 */

import { CUT, MAX_BATCH, MAX_BATCHES, MAX_REQUESTS, makePlace } from "../protocol/bounds.js";
import { addLine, MULTILINE } from "../protocol/multiline.js";

/**
 * How to handle an answer. `take` gets its messages, unless one of them reports a failure: those go to `fail`, as text
 * and as received. `room` is where the question was asked; results are shown there, and so are failures without a
 * `fail`. `now` is as for `receive`.
 * @typedef {{take?: (messages: Message[], now: number) => void, fail?: (text: string, message?: Message) => void,
 *   room?: Room | null}} Answer
 */

/**
 * A question waiting for its answer: the command sent, and whether it has failed.
 * @typedef {Answer & {command: string, hasFailed: boolean}} Question
 */

/**
 * An open batch, and the message that opened it. `isWhole`: it is the complete answer to its label.
 * @typedef {{opening: Message, type: string, params: string[], label: string, isWhole: boolean, messages: Message[]}} Batch
 */

const LABELED = "labeled-response";

/** The command that a batch of each type answers, also when nested. @type {Object<string, string>} */
const ANSWERS = { chathistory: "CHATHISTORY", "soju.im/search": "SEARCH" };

/** Unanswered questions and open batches. */
export class Questions {
  labels = 0; // given so far
  /** @type {Map<string, Batch>} */
  batches = new Map(); // by reference
  /** @type {Map<string, Question>} */
  waiting = new Map(); // by label

  /** @param {(message: Outgoing) => void} send */
  constructor(send) {
    this.send = send;
  }

  /** Return a label that has not been used before. */
  newLabel() {
    return `w${++this.labels}`;
  }

  /**
   * Send a message that the tracker answers.
   * @param {Outgoing} message
   * @param {Answer} answer
   */
  ask(message, answer) {
    const label = this.newLabel();
    makePlace(this.waiting, MAX_REQUESTS);
    this.waiting.set(label, { ...answer, command: message.command, hasFailed: false });
    this.send({ ...message, tags: { ...message.tags, label } });
  }

  /**
   * Return the pending question that a message belongs to.
   * @param {Message} message
   */
  of({ tags }) {
    return this.waiting.get(tags.label ?? "");
  }

  /**
   * Store a message that belongs to a batch; return whether it is applied only when the batch ends.
   * @param {Message} message gets the label of its batch
   */
  hold(message) {
    const batch = this.batches.get(message.tags.batch ?? "");
    if (!batch) return false;
    message.tags.label ??= batch.label;
    if (message.command === "BATCH") return false;
    if (batch.type === MULTILINE) addLine(batch, message);
    else if (batch.messages.push(message) > MAX_BATCH) batch.messages.splice(0, CUT);
    return batch.type !== LABELED;
  }

  /**
   * Open a batch.
   * @param {Message} opening
   */
  begin(opening) {
    const [reference = "", type = "", ...params] = opening.params;
    const { label = "" } = opening.tags;
    makePlace(this.batches, MAX_BATCHES);
    const isWhole = !this.batches.has(opening.tags.batch ?? "");
    this.batches.set(reference.slice(1), { opening, type, params, label, isWhole, messages: [] });
  }

  /**
   * Close a batch and return it, if it was open.
   * @param {Message} ending
   */
  end({ params: [reference = ""] }) {
    const batch = this.batches.get(reference.slice(1));
    this.batches.delete(reference.slice(1));
    return batch;
  }

  /**
   * Hand a message that was applied to its question, if it is the complete answer.
   * @param {Message} message
   * @param {number} now
   */
  settle(message, now) {
    const isPart = message.command === "BATCH" || this.batches.has(message.tags.batch ?? "");
    if (!isPart) this.#answered(message.tags.label, [message], now);
  }

  /**
   * Hand a batch that was applied to its question, if it is an answer. Returns whether it was.
   * @param {Batch} batch
   * @param {number} now
   */
  settleBatch({ type, label, isWhole, messages }, now) {
    const isIt = isWhole || ANSWERS[type] === this.waiting.get(label)?.command;
    return isIt && this.#answered(label, messages, now);
  }

  /** Drop everything: the connection is lost, so no answers will come. */
  clear() {
    this.batches.clear();
    this.waiting.clear();
  }

  /**
   * @param {string | undefined} label
   * @param {Message[]} messages
   * @param {number} now
   */
  #answered(label = "", messages, now) {
    const question = this.waiting.get(label);
    this.waiting.delete(label);
    if (question && !question.hasFailed) question.take?.(messages, now);
    return Boolean(question);
  }
}
