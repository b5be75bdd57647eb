/**
 * What we log in with: the password, or an invitation in its place, and the token that resumes our visit. They are kept in
 * this object's memory only, apart from what a reload needs (kept.js).
 *
 * @import { Message } from "../protocol/irc.js"
 */

import { identityOf } from "../protocol/link.js";

/** One person's. */
export class Credentials {
  password = ""; // '' for none
  loginName = ""; // an account's, whatever the person's nick becomes later
  token = ""; // good for one resumption; '' for none
  #newPassword = ""; // of an account that is being created

  /**
   * Log in with these from now on.
   * @param {string} loginName
   * @param {string} password
   */
  set(loginName, password, token = "") {
    Object.assign(this, { loginName, password, token });
  }

  /** The invitation that we have come by, and would come back by; '' for none. */
  get invitation() {
    return identityOf(this.password) ? this.password : "";
  }

  /** The name that goes with the password: an invitation has its own. */
  get identity() {
    return identityOf(this.password) || this.loginName;
  }

  /**
   * Take this invitation in place of an older one, or of no password at all.
   * @param {string} invitation '' changes nothing
   */
  renewInvitation(invitation) {
    if (invitation && this.password === this.invitation) this.password = invitation;
  }

  /**
   * Log in with this password from now on, if the tracker creates the account that it was asked for.
   * @param {string} password
   */
  willHave(password) {
    this.#newPassword = password;
  }

  /**
   * Take the answer to the request for an account.
   * @param {Message} message
   */
  takeAccount({ params: [outcome = "", name = ""] }) {
    if (outcome === "SUCCESS" && this.#newPassword) {
      this.loginName = name;
      this.password = this.#newPassword;
    }
    this.#newPassword = "";
  }

  /** Forget all secrets. */
  forget() {
    this.password = this.#newPassword = this.token = "";
  }
}
