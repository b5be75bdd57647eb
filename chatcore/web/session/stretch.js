/**
 * A stretch of a conversation: consecutive entries, and whether there is more at either end. Pure.
 *
 * @import { Entry } from "./entries.js"
 */

import { CUT, MAX_ENTRIES, MAX_FETCHED } from "../protocol/bounds.js";
import { newKey } from "./entries.js";
import { fold } from "./folding.js";

/** Entries in the tracker's order. */
export class Stretch {
  /** @param {Entry[]} entries */
  constructor(entries = []) {
    /** @type {Entry[]} */
    this.entries = entries;
    /** @type {Map<string, Entry>} */
    this.ids = new Map(); // the entries that have a msgid
    for (const entry of entries) for (const id of idsOf(entry)) this.ids.set(id, entry);
    this.hasOlder = true;
    this.isLoading = false;
    this.changes = 0; // counts changes to the entries
    this.problem = ""; // why the tracker sent no more, in words
  }

  /** Whether it is full: no more entries can be inserted. */
  get isFull() {
    return this.entries.length > MAX_ENTRIES - MAX_FETCHED;
  }

  /**
   * Return the msgid of the first or last entry that history has, or ''.
   * @param {boolean} isLast
   */
  edge(isLast) {
    const isKept = (/** @type {Entry} */ entry) => idsOf(entry).length > 0;
    const entry = isLast ? this.entries.findLast(isKept) : this.entries.find(isKept);
    return (entry && idsOf(entry).at(isLast ? -1 : 0)) ?? "";
  }

  /**
   * Return the msgid of the first or last message, or ''.
   * @param {boolean} isLast
   */
  edgeId(isLast) {
    const isSaid = (/** @type {Entry} */ { id, kind }) => id && kind !== "event" && kind !== "gone";
    return (isLast ? this.entries.findLast(isSaid) : this.entries.find(isSaid))?.id ?? "";
  }

  /**
   * Return the index of the entry with this msgid, or -1.
   * @param {string} id
   */
  indexOf(id) {
    const entry = this.ids.get(id);
    return entry ? this.entries.lastIndexOf(entry) : -1;
  }

  /**
   * Insert an entry, unless it is there already. Returns whether it was new. Joins and parts are folded into the
   * neighbouring entry, if that tells of others.
   * @param {Entry} entry
   * @param {number} place
   */
  insert(entry, place) {
    if (this.ids.has(entry.id)) return false;
    entry.key ??= newKey();
    const folded = [this.entries[place - 1], this.entries[place]].find((beside) => fold(beside, entry));
    if (entry.id) this.ids.set(entry.id, folded ?? entry);
    if (!folded && place === this.entries.length) this.entries.push(entry);
    else if (!folded) this.entries.splice(place, 0, entry);
    this.changes++;
    return true;
  }

  /**
   * Drop the entries that match.
   * @param {(entry: Entry) => boolean} isUnwanted
   */
  drop(isUnwanted) {
    const unwanted = this.entries.filter(isUnwanted);
    if (!unwanted.length) return;
    for (const { id } of unwanted) this.ids.delete(id);
    this.entries = this.entries.filter((entry) => !unwanted.includes(entry));
    this.changes++;
  }

  /**
   * Drop the oldest entries beyond `most`.
   * @param {number} most
   */
  cutOldest(most) {
    if (this.entries.length <= most) return;
    for (const old of this.entries.splice(0, Math.max(CUT, this.entries.length - most))) this.#forget(old);
    this.hasOlder = true;
    this.changes++;
  }

  /**
   * Drop the newest entries beyond `most`.
   * @param {number} most
   */
  cutNewest(most) {
    if (this.entries.length <= most) return;
    for (const young of this.entries.splice(Math.min(most, this.entries.length - CUT))) this.#forget(young);
    this.changes++;
  }

  /** @param {Entry} entry */
  #forget(entry) {
    for (const id of idsOf(entry)) this.ids.delete(id);
  }
}

/** @param {Entry} entry */
function idsOf({ id, comings }) {
  return (comings ? comings.map((coming) => coming.id) : [id]).filter((each) => each);
}
