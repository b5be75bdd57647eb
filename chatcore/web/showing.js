/**
 * When what has changed is shown: once for many changes, and no more often than the browser can bear.
 */

const PAUSES = 2; // as long as it took to show something: then a flood leaves time for the person
const MAX_PAUSE_MS = 500;
const now = () => performance.now();

/** Calls `draw` after changes; it is told whether the person went elsewhere, and will want to write there. */
export class Showing {
  #isDue = false;
  #timer = 0;
  #isMove = false;
  #notBefore = 0;

  /** @param {(isMove: boolean) => void} draw */
  constructor(draw) {
    this.draw = draw;
  }

  /**
   * Do something, and show the result: once for many changes.
   * @param {() => void} act
   * @param {boolean} isMove the person goes elsewhere
   */
  change(act, isMove = false) {
    act();
    this.#isMove ||= isMove;
    if (!this.#isDue) queueMicrotask(() => this.#show());
    this.#isDue = true;
  }

  /**
   * Do what the tracker wants, and show the result after a pause, if it took long to show the last one.
   * @param {() => void} act
   */
  changePaced(act) {
    const wait = this.#notBefore - now();
    if (wait <= 0) {
      this.change(act);
      return;
    }
    act();
    if (!this.#isDue) this.#timer ||= setTimeout(() => this.#show(), wait);
  }

  #show() {
    const began = now();
    const isMove = this.#isMove;
    clearTimeout(this.#timer);
    this.#isDue = this.#isMove = false;
    this.#timer = 0;
    this.draw(isMove);
    this.#notBefore = now() + Math.min(MAX_PAUSE_MS, PAUSES * (now() - began));
  }
}
