/** The capabilities of a tracker that the page knows by name (https://ircv3.net/specs/extensions/capability-negotiation). */

import { MULTILINE } from "./multiline.js";

/** Coming back as the same visit (docs/resume.md). */
export const RESUME = "chatcore/resume";

/** Offered to whoever has given no password yet, if the chat has one. */
export const PASSWORD = "chatcore/password";

/** Finding what was said. */
export const SEARCH = "soju.im/search";

/** Making accounts. */
export const REGISTRATION = "draft/account-registration";

/** What the page asks for, where the tracker has it. */
export const WANTED = [
  ...["message-tags", "server-time", "echo-message", "batch", "labeled-response", "draft/chathistory"],
  ...["multi-prefix", "standard-replies", "sasl", "account-tag", "draft/channel-rename", MULTILINE],
  ...[SEARCH, REGISTRATION, RESUME],
];
