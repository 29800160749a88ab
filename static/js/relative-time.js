const STEPS = /** @type {const} */ ([
  [60, "second", 1],
  [3600, "minute", 60],
  [86400, "hour", 3600],
  [86400 * 30, "day", 86400],
  [86400 * 365, "month", 86400 * 30],
  [Infinity, "year", 86400 * 365],
]);
const REFRESH_MS = 30_000;
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/**
 * @param {number} at milliseconds since the epoch
 * @param {number} now the same
 * @returns {string} such as "5 min. ago"
 */
export function relativeTime(at, now) {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  for (const [below, unit, length] of STEPS) {
    if (size < below) return words.format(Math.trunc(seconds / length), unit);
  }
  return "";
}

/** @param {HTMLElement} element a <time> with a datetime */
export function mount(element) {
  const at = Date.parse(element.getAttribute("datetime") ?? "");
  if (Number.isNaN(at)) return;
  element.title = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const show = () => {
    element.textContent = relativeTime(at, Date.now());
    if (element.isConnected) setTimeout(show, REFRESH_MS);
  };
  show();
}
