/** What one said in a room, for the arrow keys to bring back. Pure. */

const MOST = 100;

/** Lines that were sent, and where somebody is among them. */
export class Recall {
  /** @type {string[]} */
  #lines = []; // the oldest first
  #at = 0; // the line that is shown; their number for the draft
  #draft = "";

  /** Whether a line is shown that was sent before. */
  get isBack() {
    return this.#at < this.#lines.length;
  }

  /**
   * Keep what was sent, and go to the end; the same twice is kept once.
   * @param {string} text
   */
  note(text) {
    if (this.#lines.at(-1) !== text) this.#lines.push(text);
    if (this.#lines.length > MOST) this.#lines.shift();
    this.leave();
  }

  /** What stands there is a text of its own from now on. */
  leave() {
    this.#at = this.#lines.length;
    this.#draft = "";
  }

  /**
   * Return the line before the one that is shown, or null if there is none.
   * @param {string} shown
   */
  older(shown) {
    if (this.#at === 0) return null;
    if (!this.isBack) this.#draft = shown;
    return this.#lines[--this.#at] ?? null;
  }

  /** Return the line after the one that is shown, at last the draft; null if that is shown. */
  newer() {
    if (!this.isBack) return null;
    return this.#lines[++this.#at] ?? this.#draft;
  }
}
