/**
 * The members of a room, by casefolded nick, and sorted for the list. Pure.
 *
 * The list is sorted once, when first needed, and kept sorted from then on: thousands may come and go.
 */

const RANKS = "~&@%+";
const SPEAKING = "+";
const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/**
 * A member of a room; `prefix` is that of their rank ('' for none).
 * @typedef {{nick: string, prefix: string}} Member
 */

/**
 * Members in groups: operators and half-operators, those with voice, and all others.
 * @typedef {{operators: Member[], voices: Member[], others: Member[]}} Groups
 */

/**
 * Members by casefolded nick; `version` changes with every change.
 * @extends {Map<string, Member>}
 */
export class Members extends Map {
  version = 0;
  /** @type {Groups | null} */
  #groups = null; // each sorted; null until needed

  /** Return them in order. The lists belong to this object: do not change them. */
  get groups() {
    this.#groups ??= this.#sorted();
    return this.#groups;
  }

  /**
   * @override
   * @param {string} key
   * @param {Member} member
   */
  set(key, member) {
    const known = this.get(key);
    if (known && known.nick === member.nick && known.prefix === member.prefix) return this;
    if (known) this.delete(key);
    this.version++;
    if (this.#groups) {
      const group = this.#groups[groupOf(member)];
      group.splice(placeIn(group, member), 0, member);
    }
    return super.set(key, member);
  }

  /**
   * @override
   * @param {string} key
   */
  delete(key) {
    const member = this.get(key);
    if (!member) return false;
    this.version++;
    const group = this.#groups?.[groupOf(member)];
    if (group) group.splice(placeIn(group, member), 1);
    return super.delete(key);
  }

  /** @override */
  clear() {
    this.version++;
    this.#groups = null;
    super.clear();
  }

  #sorted() {
    /** @type {Groups} */
    const groups = { operators: [], voices: [], others: [] };
    for (const member of this.values()) groups[groupOf(member)].push(member);
    for (const group of Object.values(groups)) group.sort(compare);
    return groups;
  }
}

/**
 * Return whether a prefix is that of somebody who may moderate the room.
 * @param {string} prefix
 */
export function keepsOrder(prefix) {
  return prefix !== "" && prefix !== SPEAKING;
}

/**
 * @param {Member} member
 * @returns {keyof Groups}
 */
function groupOf({ prefix }) {
  if (keepsOrder(prefix)) return "operators";
  return prefix ? "voices" : "others";
}

/**
 * @param {Member} one
 * @param {Member} other
 */
function compare(one, other) {
  const byRank = one.prefix === other.prefix ? 0 : RANKS.indexOf(one.prefix) - RANKS.indexOf(other.prefix);
  return (
    byRank || collator.compare(one.nick, other.nick) || (one.nick < other.nick ? -1 : Number(one.nick > other.nick))
  );
}

/**
 * Return the index of a member in a sorted group, or where to insert them.
 * @param {Member[]} group
 * @param {Member} member
 */
function placeIn(group, member) {
  let low = 0;
  let high = group.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = group[middle];
    if (there && compare(there, member) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
