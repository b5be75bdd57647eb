/**
 * Formatting of a message: IRC codes, code in backticks, bold and italic words, links. Pure.
 *
 * Only the Markdown that people use in a chat, and only at word boundaries: file names, snake_case and 2*3*4 stay as
 * they are, and so does a mark that is not closed in its line. Any text is scanned a bounded number of times, and the
 * result is flat.
 *
 * @import { Run } from "./codes.js"
 * @import { Link } from "./links.js"
 */

import { MAX_PIECES } from "./bounds.js";
import { readCodes } from "./codes.js";
import { LINKS, linkIn } from "./links.js";

/**
 * A run of characters of the same look; its styles are classes of the style sheet. It may be code, or a link.
 * @typedef {{text: string, styles: string[], isCode?: boolean, link?: Link}} Piece
 */

/**
 * A block of code, or text as pieces, in which line feeds break lines.
 * @typedef {{code: string} | {pieces: Piece[]}} Block
 */

/**
 * Characters that are replaced by a piece, or hidden because they open or close a style.
 * @typedef {{
 *   start: number, end: number, piece?: {text: string, isCode?: boolean, link?: Link}, opens?: string[],
 *   closes?: boolean,
 * }} Edge
 */

/** @type {Object<string, string[]>} */
const MARKS = { "*": ["bold"], "**": ["bold"], "***": ["bold", "italic"], _: ["italic"], "~~": ["strike"] };
const FENCE = "\x60\x60\x60"; // three backticks
const TOKENS = new RegExp(`(?<ticks>\\x60+)|(?<mark>\\*+|_+|~+)|(?<line>\\n)|${LINKS}`, "giu");
const MAY_BE_MORE = /[\x60*_~#@]|:\/\/|www\./i; // otherwise it is plain text, like most messages
const BEFORE = /^[\s([{\x22'\u201c\u2018\u00ab>*_~\u2014-]?$/; // what may precede an opening mark
const AFTER = /^[\s.,;:!?)\]}\x22'\u201d\u2019\u00bb*_~\u2014\u2026-]?$/; // what may follow a closing mark
const INSIDE = /^[^\s.,;:!?)\]}/\\|&=+<>^]$/; // what may follow an opening mark, or precede a closing one
const MEANS = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/**
 * Parse the formatting of a text into blocks.
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
 * Return the pieces of a text, with links as the only formatting.
 * @param {string} text
 */
export function parseLinks(text) {
  return piecesOf(text, 0, text.length, [], false);
}

/**
 * Return the fenced blocks of a text; one that is not closed ends with the text.
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
 * Return the index of the line that closes the fence opened here, perhaps the same line; -1 for none.
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
 * Return the contents of a fence, without the name of a language.
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
  if (pieces.length >= MAX_PIECES) marked.length = 0; // their end is unknown
  plain(end);
  return pieces;
}

/**
 * Return the edges in a part of a text, where its look changes.
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
  const unclosed = new Set(); // the numbers of backticks without a match in their line
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
 * Return the code between backticks and the next equal run of them in the line; null if they are literal.
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
  const shown = code.startsWith(" ") && code.endsWith(" ") ? code.slice(1, -1) : code; // blanks that separate backticks
  if (!shown.trim()) return null;
  return { start, end: close.index + ticks.length, piece: { text: shown, isCode: true } };
}

/** Matches opening and closing marks: within one line, and never across another pair. */
class Pairs {
  /** @type {{mark: string, start: number, end: number}[]} */
  #open = [];

  /**
   * @param {string} text
   * @param {Edge[]} edges receives those of matched marks
   */
  constructor(text, edges) {
    this.text = text;
    this.edges = edges;
  }

  /** Drop what is open at the end of a line: those marks are literal. */
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
