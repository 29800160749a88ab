/**
 * A <details> that opens when the address names it.
 *
 * @param {HTMLElement} element
 */
export function mount(element) {
  const follow = () => {
    if (!(element instanceof HTMLDetailsElement) || location.hash !== `#${element.id}`) return;
    element.open = true;
    element.scrollIntoView({ block: "start" });
    /** @type {HTMLElement | null} */ (element.querySelector("input:not([type=hidden])"))?.focus();
  };
  follow();
  window.addEventListener("hashchange", follow);
}
