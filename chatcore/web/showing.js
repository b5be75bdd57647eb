/**
 * When what has changed is shown: once a frame, however much that is, and no more often than the browser can bear.
 */

const PAUSES = 2; // as long as it took to show something: then a flood leaves time for the person
const MAX_PAUSE_MS = 500;
const HIDDEN_MS = 250; // between two times, where nobody looks: only the title is seen there
const LATE_MS = 250; // a browser that draws no frame for so long does not want to be waited for
const now = () => performance.now();

/** Calls `draw` after changes; it is told whether the person went elsewhere, and will want to write there. */
export class Showing {
  #isDue = false; // in the next frame
  #isOwn = false; // it is due for something that the person did
  #frame = 0;
  #late = 0;
  #timer = 0;
  #isMove = false;
  #notBefore = 0;

  /** @param {(isMove: boolean) => void} draw */
  constructor(draw) {
    this.draw = draw;
    // Whoever goes on before the frame means what they have just done: they go on from what that shows.
    const catchUp = () => this.#isOwn && this.#show();
    document.addEventListener("keydown", catchUp, { capture: true });
  }

  /**
   * Do something, and show the result: once for many changes.
   * @param {() => void} act
   * @param {boolean} isMove the person goes elsewhere
   */
  change(act, isMove = false) {
    act();
    this.#isMove ||= isMove;
    this.#isOwn = true;
    this.#inFrame();
  }

  /**
   * Do what the tracker wants, and show the result after a pause, if it took long to show the last one.
   * @param {() => void} act
   */
  changePaced(act) {
    act();
    const wait = this.#notBefore - now();
    if (wait <= 0) this.#inFrame();
    else if (!this.#isDue) this.#timer ||= setTimeout(() => this.#inFrame(), wait);
  }

  /** A hidden page gets no frames, and its timers wait long. */
  #inFrame() {
    if (this.#isDue) return;
    this.#isDue = true;
    const show = () => this.#show();
    if (document.hidden) queueMicrotask(show);
    this.#frame = requestAnimationFrame(show);
    this.#late = setTimeout(show, LATE_MS);
  }

  #show() {
    if (!this.#isDue) return;
    const began = now();
    const isMove = this.#isMove;
    cancelAnimationFrame(this.#frame);
    for (const timer of [this.#timer, this.#late]) clearTimeout(timer);
    this.#isDue = this.#isMove = this.#isOwn = false;
    this.#timer = 0;
    this.draw(isMove);
    const pause = document.hidden ? HIDDEN_MS : Math.min(MAX_PAUSE_MS, PAUSES * (now() - began));
    this.#notBefore = now() + pause;
  }
}
