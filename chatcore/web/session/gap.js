/** What a room has missed since the connection was lost, until all of it is here. Pure. */

/** The hole in what is known of a room; its parts are history.js's. */
export class Gap {
  isCatchingUp = false; // with what was missed
  isBehind = false; // what was missed after the anchor did not come
  anchor = ""; // the last message known when the connection was lost
  isAnchored = false; // the tracker still knows that message
  wasAlone = false; // when the connection was lost
}
