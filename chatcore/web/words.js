/**
 * Every text of the page, by where it stands: a translation is a file of this shape.
 *
 * A text with something in it is a function. Texts of the document are put in by `fill`.
 */

export const words = {
  document: {
    title: "Chat",
    skip: "Skip to the message box",
  },
  login: {
    title: "Join the chat",
    hint: "Choose a username and enter the chat's password.",
    username: "Username",
    password: "Password",
    havePassword: "I have a password",
    enter: "Join",
  },
  rooms: {
    area: "Rooms and settings",
    title: "Rooms",
    join: "Join or create a room",
    joinIt: "Join the room",
    private: "Private",
    notify: "Notify me of messages",
    dark: "Dark colours",
    quit: "Leave the chat",
  },
  naming: {
    which: "Type the name of a room.",
    tooShort: "Room names begin with # and have at least one more character",
    /** @param {number} most */
    tooLong: (most) => `Room names have at most ${most} characters`,
    /** @param {number} most */
    tooManyBytes: (most) => `Room names have at most ${most} bytes, in UTF-8`,
    /** @param {string} plain */
    invisible: (plain) => `Room names have no invisible or decomposed characters: write it ${plain}`,
    forbidden: "Room names have no spaces, commas, colons or control characters",
    cannotBeShown: "That room name has characters that cannot be shown",
    tooManyMarks: "A letter of a room name has at most 4 marks, and # has none",
    oneAtATime: "One room at a time, please.",
    linkWithoutRoom: "That link names no room.",
    linkElsewhere: "That link has the address of another chat. Do you mean the room of that name here?",
  },
  links: {
    noSuchRoom: "That link names a room that cannot be.",
    noSuchPerson: "That link names a person who cannot be.",
    noSuchKey: "That link has a key that no room can have.",
    notWhole: "The invitation in that link is not whole: copy the link again.",
  },
  room: {
    none: "No room",
    search: "Search messages (Ctrl+K)",
    copyLink: "Copy a link to this room",
    leave: "Leave this room",
    members: "Members",
    exportMore: "Go on",
    exportStop: "Cancel",
    toEnd: "New messages",
    message: "Message",
    send: "Send",
  },
  composer: {
    /** @param {string} room */
    to: (room) => `Message to ${room}`,
  },
  search: {
    title: "Search",
    close: "Close the search (Escape)",
    label: "Words to look for",
    placeholder: "Search messages",
    start: "Search",
    results: "Results",
    more: "Older results",
  },
};

/** @type {Object<string, (element: Element, text: string) => void>} */
const PUT = {
  text: (element, text) => element.append(text),
  label: (element, text) => element.setAttribute("aria-label", text),
  title(element, text) {
    element.setAttribute("aria-label", text);
    element.setAttribute("title", text);
  },
  placeholder: (element, text) => element.setAttribute("placeholder", text),
};

/**
 * Put the texts of the table where the document names them: `data-text="room.send"`, or in the same way `data-label`,
 * `data-title` (a label that is also shown on a pointer's rest) and `data-placeholder`.
 * @param {ParentNode} root
 * @throws {TypeError} if the table has no such text
 */
export function fill(root) {
  for (const [kind, put] of Object.entries(PUT)) {
    for (const element of root.querySelectorAll(`[data-${kind}]`)) {
      const path = element.getAttribute(`data-${kind}`) ?? "";
      put(element, textAt(path));
    }
  }
}

/** @param {string} path such as `room.send` */
function textAt(path) {
  const [area = "", name = ""] = path.split(".");
  const text = /** @type {Object<string, Object<string, unknown>>} */ (words)[area]?.[name];
  if (typeof text !== "string") throw new TypeError(`there is no text ${path}`);
  return text;
}
