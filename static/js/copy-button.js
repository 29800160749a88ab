const SHOWN_MS = 1600;

/**
 * Copies the text of the element named by data-copy-from (an id), or data-copy itself.
 *
 * @param {HTMLElement} button
 */
export function mount(button) {
  const label = button.querySelector("[data-label]");
  const before = label?.textContent ?? "";
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copyFrom ?? "");
    await writeText(button.dataset.copy ?? source?.textContent ?? "");
    button.classList.add("copied");
    if (label) label.textContent = "Copied";
    setTimeout(() => {
      button.classList.remove("copied");
      if (label) label.textContent = before;
    }, SHOWN_MS);
  });
}

/**
 * The clipboard API needs a secure origin; a server on the local network over plain http has none.
 *
 * @param {string} text
 */
async function writeText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
