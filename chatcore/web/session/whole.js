/**
 * Whether stored data has the expected shape: another version of the page may have written it, or anything else at
 * this address. Pure.
 */

import { OBSTACLES } from "./obstacle.js";

/** @typedef {(value: any) => boolean} Check */

const KINDS = ["message", "action", "notice"];
const STATES = ["queued", "sent", "lost", "uncertain", "refused"];

/** @type {Check} */
const isText = (value) => typeof value === "string";
/** @type {Check} */
const isNumber = (value) => Number.isFinite(value);
/** @type {Check} */
const isObject = (value) => typeof value === "object" && value !== null;
/** @type {(check: Check) => Check} */
const orNone = (check) => (value) => value === undefined || value === null || check(value);
/** @type {(check: Check) => Check} */
const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
/** @type {(words: string[]) => Check} */
const oneOf = (words) => (value) => words.includes(value);
/** @type {(shape: Object<string, Check>) => Check} */
const like = (shape) => (value) =>
  isObject(value) && Object.entries(shape).every(([name, check]) => check(value[name]));

const isPending = like({
  kind: oneOf(KINDS),
  text: isText,
  rank: isText,
  state: oneOf(STATES),
  reason: isText,
  answers: orNone(isText),
});

const isRoom = like({
  name: (value) => isText(value) && value !== "",
  draft: isText,
  anchor: isText,
  pending: listOf(isPending),
  obstacle: orNone(like({ kind: oneOf(Object.keys(OBSTACLES)), text: isText, by: isText })),
  answering: orNone(like({ id: isText, nick: isText, rank: isText })),
  arrival: orNone(like({ upTo: isText, count: isNumber })),
  place: orNone(like({ id: isText, offset: isNumber })),
  readTo: orNone(isNumber),
});

/** Return whether a value has the shape that `toKeep` (keeping.js) returns. */
export const isWhole = like({
  account: isText,
  born: isText,
  clock: isNumber,
  current: isText,
  rooms: listOf(isRoom),
});
