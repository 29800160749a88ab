const KEY = "runfold.theme";

/** @returns {"light" | "dark"} what is shown now */
export function shownTheme() {
  const pinned = document.documentElement.dataset.theme;
  if (pinned === "light" || pinned === "dark") return pinned;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * A button that turns light to dark and back; charts redraw on the `runfold:theme` event.
 *
 * @param {HTMLElement} button
 */
export function mount(button) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => {
    button.setAttribute("aria-label", shownTheme() === "dark" ? "Use the light theme" : "Use the dark theme");
    document.dispatchEvent(new CustomEvent("runfold:theme"));
  };
  button.addEventListener("click", () => {
    const next = shownTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Storage refused: the choice lasts for this page only.
    }
    tell();
  });
  system.addEventListener("change", tell);
  tell();
}
