/**
 * A drawing that is wider than its room: scrolled to the middle of what it is about.
 *
 * @param {HTMLElement} element
 */
export function mount(element) {
  const start = element.querySelector(".lineage-start");
  if (!start) return;
  const [room, box] = [element.getBoundingClientRect(), start.getBoundingClientRect()];
  element.scrollLeft += box.left + box.width / 2 - (room.left + room.width / 2);
}
