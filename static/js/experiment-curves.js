import { drawBands, stepsOf } from "./chart/bands.js";
import { seriesClass } from "./chart/colours.js";
import { describeCurves, nameOf, runs, valueAt, word } from "./chart/curve-words.js";
import { showTip } from "./chart/tip.js";
import { keep, recall } from "./stored.js";

/** @type {CurveSettings} */
const DEFAULTS = { line: "median", band: true, log: false };

/**
 * The curves of an experiment: a line and a band for each group of runs, read by pointer or arrow keys, or as a table.
 *
 * @param {HTMLElement} section with data-curves and a figure
 */
export function mount(section) {
  new CurveChart(section).draw();
}

class CurveChart {
  /** @param {HTMLElement} section */
  constructor(section) {
    /** @type {Curves} */
    this.curves = JSON.parse(section.dataset.curves ?? "");
    this.settings = { ...DEFAULTS, ...recall("curves", DEFAULTS) };
    /** @type {ReturnType<typeof drawBands> | null} */
    this.plot = null;
    /** @type {number | null} position that was chosen by key */
    this.at = null;
    this.host = part(section, ".chart-plot");
    this.tip = part(section, ".chart-tip");
    this.table = part(section, ".chart-table");
    this.spoken = part(section, "[aria-live]");
    this.reset = part(section, "[data-action=reset]");
    this.toolbar(section);
    this.legend(part(section, ".chart-legend"));
    this.listen(section);
  }

  /** @param {HTMLElement} section */
  listen(section) {
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.host.addEventListener("pointermove", () => (this.at = null));
    this.host.addEventListener("blur", () => this.plot?.setCursor({ left: -10, top: -10 }));
    this.reset.addEventListener("click", () => this.draw());
    part(section, "[data-action=table]").addEventListener("click", () => {
      this.table.hidden = !this.table.hidden;
      if (!this.table.hidden) this.fillTable();
    });
    document.addEventListener("runfold:theme", () => this.host.isConnected && this.draw());
    new ResizeObserver(() => this.plot?.setSize({ width: this.host.clientWidth, height: this.host.clientHeight })).observe(this.host);
  }

  /** @param {HTMLElement} section */
  toolbar(section) {
    const form = section.querySelector("form");
    if (!(form instanceof HTMLFormElement)) return;
    for (const input of form.querySelectorAll("input")) {
      if (input.name === "line") input.checked = input.value === this.settings.line;
      if (input.name === "band") input.checked = this.settings.band;
      if (input.name === "log") input.checked = this.settings.log;
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => {
      const data = new FormData(form);
      const line = /** @type {"median" | "mean"} */ (data.get("line") ?? "median");
      this.settings = { line, band: data.has("band"), log: data.has("log") };
      keep("curves", this.settings);
      this.draw();
    });
  }

  draw() {
    this.plot?.destroy();
    this.plot = drawBands(this.host, this.curves, this.settings, {
      onZoom: () => this.showReset(),
      onCursor: () => this.plot && showTip(this.tip, this.plot, this.read()),
    });
    this.showReset();
    this.host.setAttribute("aria-label", describeCurves(this.curves, this.settings.line));
  }

  showReset() {
    const { min = 0, max = 0 } = this.plot?.scales.x ?? {};
    const { step } = this.curves;
    this.reset.hidden = !this.plot || ((min ?? 0) <= (step[0] ?? 0) && (max ?? 0) >= (step[step.length - 1] ?? 0));
  }

  /** @returns {ReturnType<typeof import("./chart/tip.js").reading>} */
  read() {
    const index = this.at ?? this.plot?.cursor.idx;
    if (index === null || index === undefined) return null;
    const values = this.curves.series.flatMap((one, n) => {
      const text = valueAt(one, index, this.settings.line);
      return text ? [{ key: nameOf(this.curves, one), index: n, text }] : [];
    });
    return { at: stepsOf(this.curves, index), values };
  }

  /** @param {HTMLElement} list */
  legend(list) {
    list.replaceChildren(
      ...this.curves.series.map((one, n) => {
        const item = document.createElement("li");
        const swatch = Object.assign(document.createElement("span"), { className: `swatch ${seriesClass(n)}` });
        const name = Object.assign(document.createElement("span"), { className: "break", textContent: nameOf(this.curves, one) });
        const count = Object.assign(document.createElement("span"), { className: "faint num", textContent: runs(one.run_count) });
        item.append(swatch, name, count);
        return item;
      }),
    );
  }

  fillTable() {
    const table = Object.assign(document.createElement("table"), { className: "table" });
    const head = table.createTHead().insertRow();
    for (const title of ["Group", "Step", "Runs", "Least", "Median", "Mean", "Greatest"]) {
      head.append(Object.assign(document.createElement("th"), { textContent: title, scope: "col" }));
    }
    const body = table.createTBody();
    for (const one of this.curves.series) {
      for (const [index, count] of one.count.entries()) {
        if (!count) continue;
        const row = body.insertRow();
        const values = [one.min, one.median, one.mean, one.max].map((column) => word(column[index] ?? null));
        for (const text of [nameOf(this.curves, one), stepsOf(this.curves, index).replace(/^steps? /, ""), String(count), ...values]) {
          row.insertCell().textContent = text;
        }
      }
    }
    this.table.replaceChildren(table);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const plot = this.plot;
    const moves = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -1e9, End: 1e9 });
    const move = moves[event.key];
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "0") this.draw();
    else if (move === undefined) return;
    else this.step(plot, move);
    event.preventDefault();
  }

  /**
   * @param {NonNullable<CurveChart["plot"]>} plot
   * @param {number} move parts of the axis to the right; those without a value are passed over
   */
  step(plot, move) {
    const { step, series } = this.curves;
    const has = (/** @type {number} */ n) => series.some((one) => one.count[n]);
    let at = Math.min(step.length - 1, Math.max(0, (this.at ?? plot.cursor.idx ?? (move > 0 ? -1 : step.length)) + move));
    while (!has(at) && at > 0 && at < step.length - 1) at += Math.sign(move);
    this.at = at;
    plot.setCursor({ left: plot.valToPos(step[at] ?? 0, "x"), top: 0 });
    const read = this.read();
    this.spoken.textContent = read ? `${read.at}: ${read.values.map(({ key, text }) => `${key} ${text}`).join(", ")}` : "";
  }
}

/**
 * @param {HTMLElement} within
 * @param {string} selector
 * @returns {HTMLElement}
 */
function part(within, selector) {
  const found = within.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the curves lack ${selector}`);
  return found;
}
