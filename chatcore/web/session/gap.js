/** What a room has missed since the connection was lost, until all of it has been fetched. Pure. */

/** The gap in what is known of a room; history.js fills it. */
export class Gap {
  isCatchingUp = false; // fetching what was missed
  isBehind = false; // fetching what was missed after the anchor failed
  anchor = ""; // the last message known when the connection was lost
  isAnchored = false; // the tracker still knows the anchor
  wasAlone = false; // when the connection was lost
}
