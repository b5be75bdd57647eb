/**
 * The members of a room, by casefolded nick, and in the order in which they are listed. Pure.
 *
 * The order is made once, when it is first asked for, and kept from then on: thousands may come and go.
 */

const RANKS = "~&@%+";
const SPEAKING = "+";
const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/**
 * A member of a room, with the character of their rank ('' for none).
 * @typedef {{nick: string, prefix: string}} Member
 */

/**
 * Members in groups: those who keep order, those who may speak whatever the room's modes are, and all others.
 * @typedef {{operators: Member[], voices: Member[], others: Member[]}} Groups
 */

/**
 * Members by casefolded nick; `version` changes when they do.
 * @extends {Map<string, Member>}
 */
export class Members extends Map {
  version = 0;
  /** @type {Groups | null} */
  #groups = null; // each in order; null until somebody looks

  /** Return them in their order. They belong to this object: change nothing. */
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
 * Return whether a prefix is that of somebody who keeps order in the room.
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
 * Return where a member stands in a group in order, or belongs.
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
