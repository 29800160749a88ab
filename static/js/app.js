import * as autoSubmit from "./auto-submit.js";
import * as confirmSubmit from "./confirm-submit.js";
import * as copyButton from "./copy-button.js";
import * as hashRoute from "./hash-route.js";
import * as keepHash from "./keep-hash.js";
import * as menu from "./menu.js";
import * as openAtHash from "./open-at-hash.js";
import * as relativeTime from "./relative-time.js";
import * as rowFilter from "./row-filter.js";
import * as searchBox from "./search-box.js";
import * as showStart from "./show-start.js";
import * as theme from "./theme.js";

/** @typedef {{ mount: (element: HTMLElement) => void }} PageModule */

/** @type {Record<string, () => PageModule | Promise<PageModule>>} */
const MODULES = {
  "auto-submit": () => autoSubmit,
  "confirm-submit": () => confirmSubmit,
  "copy-button": () => copyButton,
  "experiment-curves": () => import("./experiment-curves.js"),
  "hash-route": () => hashRoute,
  "keep-hash": () => keepHash,
  menu: () => menu,
  "metric-charts": () => import("./metric-charts.js"),
  "open-at-hash": () => openAtHash,
  "relative-time": () => relativeTime,
  "row-filter": () => rowFilter,
  "search-box": () => searchBox,
  "show-start": () => showStart,
  theme: () => theme,
};

const mounted = new WeakSet();

/** @param {Element} root where to look for elements that name a module */
async function mountAll(root) {
  const found = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-module]")]);
  if (root instanceof HTMLElement && root.dataset.module) found.push(root);
  for (const element of found) {
    const load = MODULES[element.dataset.module ?? ""];
    if (!load || mounted.has(element)) continue;
    mounted.add(element);
    (await load()).mount(element);
  }
}

document.addEventListener("htmx:load", (event) => mountAll(/** @type {Element} */ (event.target)));
mountAll(document.body);
