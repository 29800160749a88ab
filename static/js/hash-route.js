const SEGMENT = "([^/?]+)";
const ROUTES = [
  { shape: new RegExp(`^#/experiments/${SEGMENT}/runs/${SEGMENT}`), path: (/** @type {string[]} */ m) => `/runs/${m[2]}` },
  { shape: new RegExp(`^#/experiments/${SEGMENT}`), path: (/** @type {string[]} */ m) => `/experiments/${m[1]}` },
  { shape: new RegExp(`^#/models/${SEGMENT}/versions/${SEGMENT}`), path: (/** @type {string[]} */ m) => `/models/${m[1]}/versions/${m[2]}` },
  { shape: new RegExp(`^#/models/${SEGMENT}`), path: (/** @type {string[]} */ m) => `/models/${m[1]}` },
];

/**
 * The page below a project that a link printed by the stock client means, or null.
 *
 * @param {string} hash as `location.hash` gives it, e.g. `#/experiments/1/runs/0a1b`
 * @returns {string | null} a path to put after `/{team}/{project}`
 */
export function pathOfHash(hash) {
  for (const { shape, path } of ROUTES) {
    const match = shape.exec(hash);
    if (match) return path(match);
  }
  return null;
}

/** @param {HTMLElement} element carries data-base, the project's own path */
export function mount(element) {
  const follow = () => {
    const path = pathOfHash(location.hash);
    if (path) location.replace(`${element.dataset.base}${path}`);
  };
  follow();
  window.addEventListener("hashchange", follow);
}
