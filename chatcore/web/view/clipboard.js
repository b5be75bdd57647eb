/** Putting text into the clipboard, where the browser lets us. */

/**
 * Copy a text, because of a click or a key; return whether that worked.
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text); // pages that came without TLS, and older browsers
  }
}

/** @param {string} text */
function copyByCommand(text) {
  const put = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation(); // it is not a selection
  };
  document.addEventListener("copy", put, { capture: true, once: true });
  const isDone = document.execCommand("copy");
  document.removeEventListener("copy", put, { capture: true });
  return isDone;
}
