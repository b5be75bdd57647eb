/**
 * Which entries of a room are in the document: a bounded window, however many there are. Knows no elements.
 *
 * It keeps entries and not their indexes: entries before them come and go.
 *
 * @import { Entry } from "../session/entries.js"
 */

export const MOST = 200; // entries in the document,
const FIRST = 100; // at first,
const STEP = 50; // and how many are added when scrolling to an edge

/** A window onto entries: from `first` up to, not including, `last`. */
export class EntryWindow {
  first = 0;
  last = 0;
  isAtEnd = true; // the last entry is in it
  most = MOST;
  /** @type {Entry[]} */
  #all = [];
  /** @type {Entry[]} */
  #inside = []; // its previous contents

  /** The entry before the window. */
  get before() {
    return this.#all[this.first - 1];
  }

  /** The entries in the window. */
  get entries() {
    return this.#inside;
  }

  /** Show all of them, for printing. */
  toAll() {
    this.#set(0, this.#all.length);
  }

  /** Show the last entries. */
  toEnd() {
    const { length } = this.#all;
    this.#set(Math.max(0, length - FIRST), length);
  }

  /**
   * Show the entries around an index.
   * @param {number} index
   */
  around(index) {
    this.#set(Math.max(0, index - STEP), Math.min(this.#all.length, index + FIRST));
  }

  /**
   * Update the entries, and move the window along.
   * @param {Entry[]} all the entries
   * @param {Entry | null} reading the entry to keep in place; null to stay at the end
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

  /** Show earlier entries instead of later ones; return whether there were any. */
  older() {
    if (!this.first) return false;
    const first = Math.max(0, this.first - STEP);
    this.#set(first, Math.min(this.last, first + this.most));
    return true;
  }

  /** Show later entries instead of earlier ones; return whether there were any. */
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
   * Return the index of the first of these that is still there; -1 if none is.
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
