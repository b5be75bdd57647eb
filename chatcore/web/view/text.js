/**
 * Users' messages as elements: plain text with links, code and formatting.
 *
 * @import { Piece } from "../protocol/formatted.js"
 */

import { LIST } from "../command_list.js";
import { parseFormatted, parseLinks } from "../protocol/formatted.js";
import { linkTo } from "../protocol/link.js";
import { colourOf } from "../protocol/names.js";
import { mentionAt } from "../session/entries.js";
import { words } from "../words.js";
import { copyText } from "./clipboard.js";
import { make } from "./dom.js";

const COPIED_MS = 2000;
const IN_USAGES = new Set(LIST.flatMap(([, usage]) => usage.match(/#\p{L}+/gu) ?? [])); // such as #ROOM: not a room
const EMOJI =
  /^(?:\s*(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)*)){1,6}\s*$/u;

/**
 * How to show a text, and what a click in it does: `me` is the user's own nick, which is highlighted.
 * @typedef {{me: string, isHere: (nick: string) => boolean, join: (room: string) => void}} Reader
 */

/**
 * Return the elements of a text, which may have several lines and blocks of code.
 * @param {string} raw with its formatting codes
 * @param {Reader} reader
 * @returns {Node[]}
 */
export function shownText(raw, reader) {
  const blocks = parseFormatted(raw);
  const isMixed = blocks.some((block) => "code" in block);
  return blocks.flatMap((block) => {
    if ("code" in block) return [fence(block.code)];
    const shown = block.pieces.flatMap((piece) => elementsOf(piece, reader));
    return isMixed ? [make("p", { class: "words", dir: "auto" }, ...shown)] : shown;
  });
}

/**
 * Return the elements of one line, such as a topic, without blocks of code.
 * @param {string} raw
 * @param {Reader} reader
 */
export function shownLine(raw, reader) {
  return shownText(raw.replaceAll("\x60\x60\x60", "\x60"), reader);
}

/**
 * Return the elements of a text of the page itself: links only, as names may look like marks. Our own nick is not
 * highlighted there.
 * @param {string} text
 * @param {Reader} reader
 */
export function shownLinks(text, reader) {
  return parseLinks(text).flatMap((piece) => {
    const isUsage = piece.link && "room" in piece.link && IN_USAGES.has(piece.link.room);
    return isUsage ? [document.createTextNode(piece.text)] : elementsOf(piece, { ...reader, me: "" });
  });
}

/**
 * Whether a text is a few emoji and nothing else.
 * @param {string} text
 */
export function isEmoji(text) {
  return text.length <= 64 && EMOJI.test(text);
}

/**
 * @param {Piece} piece
 * @param {Reader} reader
 * @returns {Node[]}
 */
function elementsOf({ text, styles, isCode, link }, reader) {
  if (isCode) return [make("code", { class: styles.join(" ") || false }, text)];
  if (!link) return withMentions(text, styles, reader);
  if ("nick" in link) {
    if (!reader.isHere(link.nick)) return withMentions(text, styles, reader);
    const isMe = mentionAt(text, reader.me) >= 0;
    const classes = ["nick", "at", `name-${colourOf(link.nick)}`, ...(isMe ? ["me"] : []), ...styles];
    return [make("span", { class: classes.join(" "), "data-nick": link.nick }, text)];
  }
  const classes = { class: styles.join(" ") || false };
  if ("href" in link) {
    const title = link.href.toLowerCase().startsWith(text.toLowerCase()) ? false : link.href; // the text hides the target
    return [make("a", { ...classes, href: link.href, target: "_blank", rel: "noopener noreferrer", title }, text)];
  }
  const element = make("a", { ...classes, href: linkTo("", { room: link.room }) }, text);
  element.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // to be opened in another tab
    event.preventDefault();
    reader.join(link.room);
  });
  return [element];
}

/**
 * @param {string} text
 * @param {string[]} styles
 * @param {Reader} reader
 */
function withMentions(text, styles, { me }) {
  /** @type {Node[]} */
  const nodes = [];
  let end = 0;
  for (let at = mentionAt(text, me); at >= 0 && nodes.length < 100; at = mentionAt(text, me, end)) {
    if (at > end) nodes.push(styled(text.slice(end, at), styles));
    end = at + me.length;
    nodes.push(styled(text.slice(at, end), [...styles, "me"]));
  }
  if (end < text.length) nodes.push(styled(text.slice(end), styles));
  return nodes;
}

/**
 * @param {string} text
 * @param {string[]} styles
 */
function styled(text, styles) {
  if (!styles.length) return document.createTextNode(text);
  const isHidden = styles.includes("spoiler");
  return make("span", { class: styles.join(" "), tabindex: isHidden && "0" }, text);
}

/** @param {string} code */
function fence(code) {
  const button = make("button", { type: "button", class: "copy-code", onclick: copy }, words.log.copyCode);
  async function copy() {
    button.textContent = (await copyText(code)) ? words.log.codeCopied : words.log.codeNotCopied;
    setTimeout(() => button.replaceChildren(words.log.copyCode), COPIED_MS);
  }
  // Wide code can be scrolled by keyboard, too.
  const block = make("pre", { tabindex: "0", dir: "auto" }, make("code", {}, code));
  return make("div", { class: "fence" }, block, button);
}
