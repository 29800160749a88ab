/**
 * A box that hides the rows of the table named by data-rows whose text lacks what is typed.
 *
 * @param {HTMLElement} element
 */
export function mount(element) {
  if (!(element instanceof HTMLInputElement)) return;
  element.addEventListener("input", () => {
    const wanted = element.value.trim().toLowerCase();
    const table = document.getElementById(element.dataset.rows ?? "");
    for (const row of table?.querySelectorAll("tbody tr") ?? []) {
      /** @type {HTMLElement} */ (row).hidden = !(row.textContent ?? "").toLowerCase().includes(wanted);
    }
  });
}
