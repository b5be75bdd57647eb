/**
 * What was asked of the tracker, until it is answered: by label, each with what becomes of its answer. Pure.
 *
 * https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
 *
 * @import { Message, Outgoing } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 */

import { CUT, MAX_BATCH, MAX_BATCHES, MAX_REQUESTS, makePlace } from "../protocol/bounds.js";
import { addLine, MULTILINE } from "../protocol/multiline.js";

/**
 * What becomes of an answer. `take` is given the messages that it is made of, unless one of them says that it did not
 * work: those go to `fail`, in words and as they came. `room` is where it was asked: what comes of it is told there,
 * and so is a problem where there is no `fail`. `now` is as for `receive`.
 * @typedef {{take?: (messages: Message[], now: number) => void, fail?: (text: string, message?: Message) => void,
 *   room?: Room | null}} Answer
 */

/**
 * A question that waits for its answer: the command that was sent, and whether it has failed.
 * @typedef {Answer & {command: string, hasFailed: boolean}} Question
 */

/**
 * A batch that has not ended, and the message that it began with. `isWhole`: it is all of the answer to its label.
 * @typedef {{opening: Message, type: string, params: string[], label: string, isWhole: boolean, messages: Message[]}} Batch
 */

const LABELED = "labeled-response";

/** Which answers a batch of this type is, also inside another one. @type {Object<string, string>} */
const ANSWERS = { chathistory: "CHATHISTORY", "soju.im/search": "SEARCH" };

/** Questions without an answer, and batches that have not ended. */
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

  /** Return a label that no other message to the tracker has. */
  newLabel() {
    return `w${++this.labels}`;
  }

  /**
   * Send the tracker something that it answers.
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
   * Return the question that a message belongs to, if it waits.
   * @param {Message} message
   */
  of({ tags }) {
    return this.waiting.get(tags.label ?? "");
  }

  /**
   * Keep what belongs to a batch; return whether it is to be applied only with the whole of it.
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
   * A batch begins.
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
   * A batch has ended: return it, if it has begun.
   * @param {Message} ending
   */
  end({ params: [reference = ""] }) {
    const batch = this.batches.get(reference.slice(1));
    this.batches.delete(reference.slice(1));
    return batch;
  }

  /**
   * A message was applied: if it is all of an answer, the question takes it.
   * @param {Message} message
   * @param {number} now
   */
  settle(message, now) {
    const isPart = message.command === "BATCH" || this.batches.has(message.tags.batch ?? "");
    if (!isPart) this.#answered(message.tags.label, [message], now);
  }

  /**
   * A batch was applied: if it is an answer, the question takes it. Returns whether it did.
   * @param {Batch} batch
   * @param {number} now
   */
  settleBatch({ type, label, isWhole, messages }, now) {
    const isIt = isWhole || ANSWERS[type] === this.waiting.get(label)?.command;
    return isIt && this.#answered(label, messages, now);
  }

  /** The connection is gone: nothing will be answered. */
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
