/**
 * When changes are shown: once a frame, however many there are, and no more often than the browser can keep up with.
 */

const PAUSES = 2; // as long as the drawing took: a flood of messages must leave the person time
const MAX_PAUSE_MS = 500;
const HIDDEN_MS = 250; // between two drawings of a hidden page, of which only the title is seen
const LATE_MS = 250; // if the browser gives no frame for this long, draw without one
const now = () => performance.now();

/** Calls `draw` after changes. It is told whether the person went elsewhere, and will want to type there. */
export class Showing {
  #isDue = false; // something is to be drawn in the next frame
  #isOwn = false; // and shows something that the person did
  #frame = 0;
  #late = 0;
  #timer = 0;
  #isMove = false;
  #notBefore = 0;

  /** @param {(isMove: boolean) => void} draw */
  constructor(draw) {
    this.draw = draw;
    // A key that is pressed before the frame refers to what the person has just done: show that first.
    const catchUp = () => this.#isOwn && this.#show();
    document.addEventListener("keydown", catchUp, { capture: true });
  }

  /**
   * Do something, and show the result: once for many changes.
   * @param {() => void} act
   * @param {boolean} isMove whether the person goes elsewhere
   */
  change(act, isMove = false) {
    act();
    this.#isMove ||= isMove;
    this.#isOwn = true;
    this.#inFrame();
  }

  /**
   * Do something on the tracker's behalf, and show the result after a pause if the last drawing took long.
   * @param {() => void} act
   */
  changePaced(act) {
    act();
    const wait = this.#notBefore - now();
    if (wait <= 0) this.#inFrame();
    else if (!this.#isDue) this.#timer ||= setTimeout(() => this.#inFrame(), wait);
  }

  /** Draw in the next frame; at once if the page is hidden, as it gets no frames then and its timers are slow. */
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
