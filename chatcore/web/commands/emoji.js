/** The emoji that have names, found by what a person types. Pure. */

import { EMOJI } from "../emoji_list.js";

const WORDS = EMOJI.flatMap((line) => line.split(" "));

/** Names and emoji, the common ones first. If an emoji has several names, the first is shown. */
export const NAMED = WORDS.flatMap((name, index) => (index % 2 ? [] : [{ name, emoji: WORDS[index + 1] ?? "" }]));

const BY_NAME = new Map(NAMED.map(({ name, emoji }) => [name, emoji]));

/**
 * Return a typed reaction as it is sent: a name, with or without colons, means its emoji.
 * @param {string} typed
 */
export function asReaction(typed) {
  const text = typed.trim();
  return BY_NAME.get(text.replace(/^:|:$/g, "").toLowerCase()) ?? text;
}

/**
 * Return the emoji with these letters in their names, each once: those whose names begin with them first.
 * @param {string} typed
 * @param {number} most
 */
export function emojiLike(typed, most) {
  const letters = typed.trim().replace(/^:|:$/g, "").toLowerCase();
  const found = NAMED.filter(({ name }) => name.includes(letters));
  const begins = (/** @type {{name: string}} */ { name }) => Number(!name.startsWith(letters));
  found.sort((one, other) => begins(one) - begins(other));
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const { name, emoji } of found) if (!names.has(emoji)) names.set(emoji, name);
  return [...names].slice(0, most).map(([emoji, name]) => ({ name, emoji }));
}
