/**
 * Formatting codes of IRC (https://modern.ircdocs.horse/formatting): bold, colours and the like. Pure.
 *
 * There are sixteen colours, each with a class of the style sheet that is legible in light and dark. Other colours of
 * mIRC's palette, and hex colours, are shown as the nearest of these.
 */

import { FORMATTING, withoutFormatting } from "./irc.js";

/**
 * Where in the plain text a run of styles starts; styles are classes of the style sheet.
 * @typedef {{start: number, styles: string[]}} Run
 */

/** @type {Object<string, string>} */
const TOGGLES = {
  "\x02": "bold",
  "\x1d": "italic",
  "\x1f": "underline",
  "\x1e": "strike",
  "\x11": "mono",
  "\x16": "reverse",
};
const RESET = "\x0f";
const TOKENS = new RegExp(`${FORMATTING.source}|\n`, "g"); // styles end with their line
const IS_CODED = /[\x02-\x04\x0f\x11\x16\x1d-\x1f]/;
const COLOURS = 16;
const DEFAULT = 99; // the number that resets a colour
const GREYS = 88; // where the greys start in the palette of 99
// Red, orange, yellow, and so on around the circle: the hues of the numbers from 16 on, twelve a row.
const HUES = [4, 7, 8, 9, 3, 10, 11, 12, 2, 6, 13, 5];

/**
 * Return the text without its codes, and the styles they give.
 * @param {string} raw
 * @returns {{text: string, runs: Run[]}} the runs in order; none without codes
 */
export function readCodes(raw) {
  if (!IS_CODED.test(raw)) return { text: withoutFormatting(raw), runs: [] };
  /** @type {Run[]} */
  const runs = [];
  /** @type {Set<string>} */
  const on = new Set();
  let colours = ["", ""]; // text and background
  let [text, end] = ["", 0];
  for (const { 0: code, index } of raw.matchAll(TOKENS)) {
    text += raw.slice(end, code === "\n" ? index + 1 : index);
    end = index + code.length;
    const toggle = TOGGLES[code];
    if (toggle && !on.delete(toggle)) on.add(toggle);
    if (code === RESET || code === "\n") on.clear();
    if (code === RESET || code === "\n") colours = ["", ""];
    if (code.startsWith("\x03") || code.startsWith("\x04")) colours = coloursOf(code, colours);
    runs.push({ start: text.length, styles: [...on, ...colourStyles(colours)] });
  }
  return { text: text + raw.slice(end), runs };
}

/**
 * Return the colours after a code. Without a number it resets both; one number leaves the background as it is.
 * @param {string} code
 * @param {string[]} before
 */
function coloursOf(code, [, behind = ""]) {
  const [ink, ground] = code.slice(1).split(",");
  if (!ink) return ["", ""];
  const nearest = code.startsWith("\x03") ? ofPalette : ofHex;
  return [nearest(ink), ground === undefined ? behind : nearest(ground)];
}

/** @param {string[]} colours */
function colourStyles([ink = "", ground = ""]) {
  if (ground && ink === ground) return ["spoiler"]; // invisible until revealed
  if (ground) return [`ground-${ground}`];
  return ink ? [`ink-${ink}`] : [];
}

/** @param {string} digits */
function ofPalette(digits) {
  const number = Number(digits);
  if (number < COLOURS) return String(number);
  if (number >= DEFAULT) return "";
  if (number >= GREYS) return grey((number - GREYS) / (DEFAULT - 1 - GREYS));
  return String(HUES[(number - COLOURS) % HUES.length]);
}

/** @param {string} hex */
function ofHex(hex) {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (spread < 0.15) return grey(most);
  const sixth =
    most === red ? (green - blue) / spread : most === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
  return String(HUES[Math.round(((sixth + 6) % 6) * 2) % HUES.length]);
}

/** @param {number} lightness from 0 to 1 */
function grey(lightness) {
  return ["1", "14", "15", "0"][Math.round(lightness * 3)] ?? "";
}
