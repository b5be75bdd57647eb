/**
 * Which of the entries of a room stand in the document: a bounded window, whatever there is. Knows no elements.
 *
 * It goes by the entries themselves, not by their numbers: others come before them and go.
 *
 * @import { Entry } from "../session/entries.js"
 */

export const MOST = 200; // entries that stand in the document,
const FIRST = 100; // at first,
const STEP = 50; // and how many more of them when one scrolls to an edge

/** A window onto entries: those from `first` to before `last`. */
export class EntryWindow {
  first = 0;
  last = 0;
  isAtEnd = true; // the last entry is in it
  most = MOST;
  /** @type {Entry[]} */
  #all = [];
  /** @type {Entry[]} */
  #inside = []; // what was in it last

  /** The entry before those that stand in the document. */
  get before() {
    return this.#all[this.first - 1];
  }

  /** What stands in the document. */
  get entries() {
    return this.#inside;
  }

  /** Show all of them, as on paper. */
  toAll() {
    this.#set(0, this.#all.length);
  }

  /** Show the last entries. */
  toEnd() {
    const { length } = this.#all;
    this.#set(Math.max(0, length - FIRST), length);
  }

  /**
   * Show what stands around an entry.
   * @param {number} index
   */
  around(index) {
    this.#set(Math.max(0, index - STEP), Math.min(this.#all.length, index + FIRST));
  }

  /**
   * Go on with what is there now.
   * @param {Entry[]} all the entries
   * @param {Entry | null} reading one that is to stay; null if the last is looked at, and so will be the next
   */
  follow(all, reading) {
    this.#all = all;
    if (!this.#inside.length) {
      this.toEnd();
      return;
    }
    const start = this.#find(this.#inside);
    if (!reading) {
      const isFar = start < 0 || all.length - start > this.most;
      this.#set(isFar ? Math.max(0, all.length - this.most + STEP) : start, all.length);
      return;
    }
    const first = Math.max(0, start);
    const end = this.isAtEnd ? all.length : this.#find(this.#inside.toReversed()) + 1;
    this.#set(first, Math.min(Math.max(end, first + FIRST), first + this.most));
    if (this.#inside.includes(reading)) return;
    const place = all.lastIndexOf(reading);
    if (place >= 0) this.around(place);
  }

  /** Show more of what was said before, and less of what was said after; return whether there was any. */
  older() {
    if (!this.first) return false;
    const first = Math.max(0, this.first - STEP);
    this.#set(first, Math.min(this.last, first + this.most));
    return true;
  }

  /** Show more of what was said after, and less of what was said before; return whether there was any. */
  newer() {
    const { length } = this.#all;
    if (this.last >= length) return false;
    const last = Math.min(length, this.last + STEP);
    this.#set(Math.max(this.first, last - this.most), last);
    return true;
  }

  /**
   * @param {number} first
   * @param {number} last
   */
  #set(first, last) {
    this.first = first;
    this.last = Math.min(last, this.#all.length);
    this.isAtEnd = this.last === this.#all.length;
    this.#inside = this.#all.slice(this.first, this.last);
  }

  /**
   * Return where the first of these that is still there stands; -1 if none is.
   * @param {Entry[]} entries
   */
  #find(entries) {
    for (const entry of entries) {
      const isUnmoved = this.#all[this.first] === entry;
      const index = isUnmoved ? this.first : this.#all.lastIndexOf(entry);
      if (index >= 0) return index;
    }
    return -1;
  }
}
