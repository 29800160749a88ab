/**
 * On sign-in: a server never sees what stands after `#`, so the hidden `next` field carries it over.
 *
 * @param {HTMLElement} form
 */
export function mount(form) {
  const next = form.querySelector("input[name=next]");
  if (next instanceof HTMLInputElement && location.hash) next.value = (next.value || "/") + location.hash;
}
