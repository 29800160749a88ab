const SERIES_COLOURS = 8;

/**
 * What a design token looks like in the shown theme: a canvas understands neither var() nor light-dark().
 *
 * @param {string} token such as "--ink"
 * @returns {string}
 */
export function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/**
 * @param {number} index of the line; after the eighth the colours begin again
 * @returns {string}
 */
export function seriesColour(index) {
  return colour(`--series-${(index % SERIES_COLOURS) + 1}`);
}

/**
 * @param {number} index
 * @returns {string} the class that gives an element the same colour
 */
export function seriesClass(index) {
  return `series-${(index % SERIES_COLOURS) + 1}`;
}
