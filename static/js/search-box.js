/**
 * "/" puts the cursor into the box; after a refused filter it stands at the column the server named.
 *
 * @param {HTMLElement} element
 */
export function mount(element) {
  if (!(element instanceof HTMLInputElement)) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    element.focus();
  });
  const column = Number(element.dataset.errorColumn);
  if (column > 0) {
    element.focus();
    element.setSelectionRange(column - 1, column);
  }
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
