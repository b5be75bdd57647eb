/**
 * The IRC message grammar, and the limits of a line. Pure: no DOM, no network, no clock.
 *
 * https://modern.ircdocs.horse/#message-format and https://ircv3.net/specs/extensions/message-tags
 */

/** Bytes of a line without tags and line end. */
export const MAX_BODY_BYTES = 510;

/**
 * A received message. `nick` is the source up to its first `!`; `command` is upper case; `tags` has no prototype.
 * @typedef {{tags: Object<string, string>, source: string, nick: string, command: string, params: string[]}} Message
 */

/**
 * A message to send.
 * @typedef {{tags?: Object<string, string>, command: string, params?: string[]}} Outgoing
 */

/** @type {Object<string, string>} */
const UNESCAPES = { ":": ";", s: " ", "\\": "\\", r: "\r", n: "\n" };
/** @type {Object<string, string>} */
const ESCAPES = { ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" };

/** Matches formatting codes and other control characters. */
export const FORMATTING =
  /\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const encoder = new TextEncoder();
const graphemes = "Segmenter" in Intl ? new Intl.Segmenter() : null; // in Firefox since 125

/**
 * Parse one line without its line end.
 * @param {string} line
 * @returns {Message}
 */
export function parse(line) {
  let rest = line;
  /** @type {Message["tags"]} */
  const tags = Object.create(null);
  if (rest.startsWith("@")) {
    const [word, after] = cut(rest.slice(1), " ");
    parseTags(word, tags);
    rest = after;
  }
  rest = rest.replace(/^ +/, "");
  let source = "";
  if (rest.startsWith(":")) [source, rest] = cut(rest.slice(1), " ");
  const colon = rest.indexOf(" :");
  const words = (colon < 0 ? rest : rest.slice(0, colon)).split(" ").filter((word) => word);
  const command = (words.shift() ?? "").toUpperCase();
  if (colon >= 0) words.push(rest.slice(colon + 2));
  return { tags, source, nick: cut(source, "!")[0], command, params: words };
}

/**
 * Return a message as one line without its line end.
 * @param {Outgoing} message
 * @throws {RangeError} for what the grammar cannot express: a line break, or a space before the last parameter
 */
export function serialize({ tags = {}, command, params = [] }) {
  const words = [];
  const pairs = Object.entries(tags).map(([key, value]) => (value ? `${key}=${escapeTag(value)}` : key));
  if (pairs.length) words.push(`@${pairs.join(";")}`);
  words.push(command);
  params.forEach((param, index) => {
    const isMiddle = param !== "" && !param.startsWith(":") && !param.includes(" ");
    if (!isMiddle && index < params.length - 1) throw new RangeError(`not possible there: ${param}`);
    words.push(isMiddle ? param : `:${param}`);
  });
  const line = words.join(" ");
  if (/[\r\n\0]/.test(line)) throw new RangeError("a line break inside a message");
  return line;
}

/**
 * Return the form in which names are compared: CASEMAPPING is ascii.
 * @param {string} name
 */
export function casefold(name) {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Return the number of bytes of a text in UTF-8.
 * @param {string} text
 */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/**
 * Return received text without formatting codes and other control characters.
 * @param {string} text
 */
export function withoutFormatting(text) {
  return text.replace(FORMATTING, "");
}

/**
 * Split a text into pieces of at most `maxBytes` bytes, between words; a longer word is split between characters.
 * @param {string} text
 * @param {number} maxBytes
 */
export function wrapText(text, maxBytes) {
  /** @type {string[]} */
  const pieces = [];
  let rest = text;
  while (rest.length > maxBytes || byteLength(rest) > maxBytes) {
    const fitting = encoder.encodeInto(rest, new Uint8Array(maxBytes)).read;
    const space = rest.lastIndexOf(" ", fitting);
    const end = space > 0 ? space : beforeCluster(rest, fitting);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  return rest || !pieces.length ? [...pieces, rest] : pieces;
}

/**
 * Split a text into pieces of at most `maxBytes` bytes that add up to the text, after words where possible.
 * @param {string} text
 * @param {number} maxBytes
 */
export function splitText(text, maxBytes) {
  /** @type {string[]} */
  const pieces = [];
  let rest = text;
  while (byteLength(rest) > maxBytes) {
    const fitting = encoder.encodeInto(rest, new Uint8Array(maxBytes)).read;
    const end = rest.lastIndexOf(" ", fitting - 1) + 1 || beforeCluster(rest, fitting);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...pieces, rest];
}

/**
 * Move `end` left to the boundary of a grapheme; leave it if nothing would remain.
 * @param {string} text
 * @param {number} end
 */
function beforeCluster(text, end) {
  const cluster = graphemes?.segment(text.slice(0, end + 32)).containing(end);
  return cluster?.index || end;
}

/**
 * @param {string} text
 * @param {string} separator
 * @returns {[string, string]} what is before and after the first separator
 */
function cut(text, separator) {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

/**
 * @param {string} word
 * @param {Message["tags"]} tags receives the tags in the word
 */
function parseTags(word, tags) {
  for (const item of word.split(";")) {
    const [key, value] = cut(item, "=");
    if (key) tags[key] = value.replace(/\\(.?)/g, (_, escaped) => UNESCAPES[escaped] ?? escaped);
  }
}

/**
 * Escape a tag's value.
 * @param {string} value
 */
export function escapeTag(value) {
  return value.replace(/[; \\\r\n]/g, (character) => ESCAPES[character] ?? character);
}
