/**
 * Asks before a form that cannot be undone is sent; the question is data-confirm.
 *
 * @param {HTMLElement} form
 */
export function mount(form) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm ?? "Are you sure?")) event.preventDefault();
  });
}
