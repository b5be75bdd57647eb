/**
 * Light or dark theme: the system's, until the user chooses. The browser's toolbar follows.
 *
 * @typedef {"light" | "dark" | ""} Theme '' for the system's
 */

import { byId } from "./dom.js";

const THEME = "chat-theme"; // kept by the browser; beside it only what a reload needs (kept.js)
const system = matchMedia("(prefers-color-scheme: dark)");

/** Apply the stored choice, and wire the button. */
export function wireTheme() {
  /** @type {Theme} */
  let chosen = stored();
  const isDark = () => (chosen ? chosen === "dark" : system.matches);
  apply(chosen, isDark());
  system.addEventListener("change", () => apply(chosen, isDark()));
  byId("theme").onclick = () => {
    chosen = isDark() ? "light" : "dark";
    apply(chosen, isDark());
    keep(chosen);
  };
}

/**
 * @param {Theme} chosen
 * @param {boolean} isDark
 */
function apply(chosen, isDark) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  byId("theme").setAttribute("aria-pressed", String(isDark));
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const theme = meta.getAttribute("data-theme");
    meta.setAttribute("media", chosen ? (theme === chosen ? "all" : "not all") : `(prefers-color-scheme: ${theme})`);
  }
}

/** @param {string} theme */
function keep(theme) {
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // without storage, the choice lasts until the page is closed
  }
}

/** @returns {Theme} what was chosen */
function stored() {
  try {
    const theme = localStorage.getItem(THEME);
    return theme === "dark" || theme === "light" ? theme : "";
  } catch {
    return "";
  }
}
