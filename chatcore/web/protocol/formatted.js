/**
 * What a message looks like: what its formatting codes say, code in backticks, bold and italic words, links. Pure.
 *
 * Of Markdown there is what people write in a chat anyway, and at the edges of words only: names of files, snake_case
 * and 2*3*4 stay as they are, and so does what is not closed in its line. Each text is gone through a bounded number of
 * times, whatever it is, and what comes out is flat.
 *
 * @import { Run } from "./codes.js"
 * @import { Link } from "./links.js"
 */

import { MAX_PIECES } from "./bounds.js";
import { readCodes } from "./codes.js";
import { LINKS, linkIn } from "./links.js";

/**
 * Some characters that look alike, by classes of the style sheet; perhaps code, or a link.
 * @typedef {{text: string, styles: string[], isCode?: boolean, link?: Link}} Piece
 */

/**
 * A block of code, or text: its pieces, in which line feeds break lines.
 * @typedef {{code: string} | {pieces: Piece[]}} Block
 */

/**
 * Characters of a text instead of which there is a piece, or which begin or end a style and are not shown.
 * @typedef {{
 *   start: number, end: number, piece?: {text: string, isCode?: boolean, link?: Link}, opens?: string[],
 *   closes?: boolean,
 * }} Edge
 */

/** @type {Object<string, string[]>} */
const MARKS = { "*": ["bold"], "**": ["bold"], "***": ["bold", "italic"], _: ["italic"], "~~": ["strike"] };
const FENCE = "\x60\x60\x60"; // three backticks
const TOKENS = new RegExp(`(?<ticks>\\x60+)|(?<mark>\\*+|_+|~+)|(?<line>\\n)|${LINKS}`, "giu");
const MAY_BE_MORE = /[\x60*_~#@]|:\/\/|www\./i; // than plain text, as few messages are
const BEFORE = /^[\s([{\x22'\u201c\u2018\u00ab>*_~\u2014-]?$/; // what may stand before a mark that opens
const AFTER = /^[\s.,;:!?)\]}\x22'\u201d\u2019\u00bb*_~\u2014\u2026-]?$/; // what may stand behind one that closes
const INSIDE = /^[^\s.,;:!?)\]}/\\|&=+<>^]$/; // what may stand behind one that opens, and before one that closes
const MEANS = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/**
 * Return what a text looks like.
 * @param {string} raw with its formatting codes
 * @returns {Block[]}
 */
export function parseFormatted(raw) {
  const { text, runs } = readCodes(raw);
  if (!runs.length && !MAY_BE_MORE.test(text)) return [{ pieces: [{ text, styles: [] }] }];
  /** @type {Block[]} */
  const blocks = [];
  let at = 0;
  for (const { start, end, code } of fencesOf(text)) {
    if (start > at) blocks.push({ pieces: piecesOf(text, at, start - 1, runs) }); // without the last line feed
    blocks.push({ code });
    at = end;
  }
  if (at < text.length || !blocks.length) blocks.push({ pieces: piecesOf(text, at, text.length, runs) });
  return blocks;
}

/**
 * Return the pieces of a text in which links alone count.
 * @param {string} text
 */
export function parseLinks(text) {
  return piecesOf(text, 0, text.length, [], false);
}

/**
 * Return the lines from one that begins with three backticks to one that ends so; without one, all that follow.
 * @param {string} text
 */
function fencesOf(text) {
  /** @type {{start: number, end: number, code: string}[]} */
  const found = [];
  const lines = text.includes(FENCE) ? text.split("\n") : [];
  let offset = 0;
  for (let first = 0; first < lines.length; first++) {
    const start = offset;
    offset += (lines[first]?.length ?? 0) + 1;
    if (!lines[first]?.startsWith(FENCE)) continue;
    const closing = closingOf(lines, first);
    const last = closing < 0 ? lines.length - 1 : closing;
    if (closing < 0 && last === first) break;
    const code = codeIn(lines.slice(first, last + 1), closing >= 0);
    for (; first < last; first++) offset += (lines[first + 1]?.length ?? 0) + 1;
    if (code.trim()) found.push({ start, end: offset, code });
  }
  return found;
}

/**
 * Return which line closes the fence that this one opens, perhaps the same; -1 if there is none.
 * @param {string[]} lines
 * @param {number} first
 */
function closingOf(lines, first) {
  for (let index = first; index < lines.length; index++) {
    const line = lines[index]?.slice(index === first ? FENCE.length : 0).trim() ?? "";
    if (line.endsWith(FENCE) && (index > first || line.length > FENCE.length)) return index;
  }
  return -1;
}

/**
 * Return what stands in a fence, without the name of a language.
 * @param {string[]} lines
 * @param {boolean} isClosed
 */
function codeIn(lines, isClosed) {
  const inner = lines.join("\n").slice(FENCE.length);
  const opened = lines.length > 1 ? inner.replace(/^[\w+#.-]*[^\S\n]*\n/, "") : inner;
  return isClosed ? opened.replace(/\n?\x60{3}\s*$/, "") : opened;
}

/**
 * Return the pieces of a part of a text.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {Run[]} runs of the whole text
 * @param {boolean} isMarked
 */
function piecesOf(text, start, end, runs, isMarked = true) {
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {string[][]} */
  const marked = [];
  let [at, run] = [start, -1];
  const styles = () => [...new Set([...(runs[run]?.styles ?? []), ...marked.flat()])];
  const plain = (/** @type {number} */ until) => {
    while ((runs[run + 1]?.start ?? Infinity) <= at) run++;
    while (at < until) {
      const next = pieces.length < MAX_PIECES ? Math.min(until, runs[run + 1]?.start ?? Infinity) : until;
      pieces.push({ text: text.slice(at, next), styles: styles() });
      at = next;
      while ((runs[run + 1]?.start ?? Infinity) <= at) run++;
    }
  };
  for (const { start: from, end: to, piece, opens, closes } of edgesOf(text, start, end, isMarked)) {
    if (pieces.length >= MAX_PIECES) break;
    plain(from);
    if (piece) pieces.push({ ...piece, styles: styles() });
    if (opens) marked.push(opens);
    if (closes) marked.pop();
    at = to;
  }
  if (pieces.length >= MAX_PIECES) marked.length = 0; // where they end is not known
  plain(end);
  return pieces;
}

/**
 * Return where in a part of a text it becomes something else.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {boolean} isMarked
 */
function edgesOf(text, start, end, isMarked) {
  /** @type {Edge[]} */
  const edges = [];
  const pairs = new Pairs(text, edges);
  const tokens = new RegExp(TOKENS);
  tokens.lastIndex = start;
  const unclosed = new Set(); // how many backticks there are not once more in their line
  for (let found = tokens.exec(text); found && found.index < end; found = tokens.exec(text)) {
    const [token] = found;
    const { line, ticks, mark } = found.groups ?? {};
    const at = { start: found.index, end: tokens.lastIndex };
    if ((ticks || mark) && !isMarked) continue;
    if (line) {
      pairs.clear();
      unclosed.clear();
    } else if (ticks && !unclosed.has(ticks)) {
      const code = codeAt(text, at.start, ticks);
      if (code) edges.push(code);
      else unclosed.add(ticks);
      tokens.lastIndex = code?.end ?? at.end;
    } else if (mark) {
      pairs.take(mark, at);
    } else if (!ticks) {
      const link = linkIn(token, text[at.start - 1] ?? "");
      const shown = link?.text ?? token.slice(0, 1);
      tokens.lastIndex = at.start + shown.length;
      if (link) edges.push({ start: at.start, end: tokens.lastIndex, piece: { text: shown, link } });
    }
  }
  return edges.sort((one, other) => one.start - other.start);
}

/**
 * Return the code that backticks begin, up to as many in the same line; null if they mean themselves.
 * @param {string} text
 * @param {number} start
 * @param {string} ticks
 * @returns {Edge | null}
 */
function codeAt(text, start, ticks) {
  if (ticks.length > FENCE.length || !BEFORE.test(text[start - 1] ?? "")) return null;
  const from = start + ticks.length;
  const line = text.indexOf("\n", from);
  const closing = new RegExp(`(?<!\\x60)${ticks}(?!\\x60)`, "g");
  closing.lastIndex = from;
  const close = closing.exec(text);
  if (!close || (line >= 0 && line < close.index)) return null;
  const code = text.slice(from, close.index);
  const shown = code.startsWith(" ") && code.endsWith(" ") ? code.slice(1, -1) : code; // which keeps backticks apart
  if (!shown.trim()) return null;
  return { start, end: close.index + ticks.length, piece: { text: shown, isCode: true } };
}

/** Finds which marks belong together; those of one line, and none across another pair. */
class Pairs {
  /** @type {{mark: string, start: number, end: number}[]} */
  #open = [];

  /**
   * @param {string} text
   * @param {Edge[]} edges filled with those of pairs
   */
  constructor(text, edges) {
    this.text = text;
    this.edges = edges;
  }

  /** A line has ended, and what is open in it means itself. */
  clear() {
    this.#open = [];
  }

  /**
   * @param {string} mark
   * @param {{start: number, end: number}} place
   */
  take(mark, { start, end }) {
    const styles = MARKS[mark];
    const [before = "", after = ""] = [this.text[start - 1], this.text[end]];
    if (!styles) return;
    const opening = this.#open.findLastIndex((other) => other.mark === mark);
    const opened = this.#open[opening];
    if (opened && INSIDE.test(before) && AFTER.test(after) && MEANS.test(this.text.slice(opened.end, start))) {
      this.edges.push({ start: opened.start, end: opened.end, opens: styles }, { start, end, closes: true });
      this.#open.length = opening;
    } else if (BEFORE.test(before) && INSIDE.test(after)) {
      this.#open = [...this.#open.filter((other) => other.mark !== mark), { mark, start, end }];
    }
  }
}
