/** The lines we sent in a room, recalled with the arrow keys. Pure. */

const MOST = 100;

/** Lines that were sent, and the position among them. */
export class Recall {
  /** @type {string[]} */
  #lines = []; // the oldest first
  #at = 0; // the index of the line shown; the length means the draft
  #draft = "";

  /** Whether an earlier line is shown. */
  get isBack() {
    return this.#at < this.#lines.length;
  }

  /**
   * Store a sent line, and go to the end; a line repeated in a row is stored once.
   * @param {string} text
   */
  note(text) {
    if (this.#lines.at(-1) !== text) this.#lines.push(text);
    if (this.#lines.length > MOST) this.#lines.shift();
    this.leave();
  }

  /** Treat the text on screen as a draft from now on. */
  leave() {
    this.#at = this.#lines.length;
    this.#draft = "";
  }

  /**
   * Return the line before the one shown, or null if there is none.
   * @param {string} shown
   */
  older(shown) {
    if (this.#at === 0) return null;
    if (!this.isBack) this.#draft = shown;
    return this.#lines[--this.#at] ?? null;
  }

  /** Return the line after the one shown, finally the draft; null if the draft is shown. */
  newer() {
    if (!this.isBack) return null;
    return this.#lines[++this.#at] ?? this.#draft;
  }
}
