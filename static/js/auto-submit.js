/**
 * A form that is sent when something is chosen in it; what is typed waits for Enter.
 *
 * @param {HTMLElement} form
 */
export function mount(form) {
  form.addEventListener("change", (event) => {
    if (form instanceof HTMLFormElement && event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
}
