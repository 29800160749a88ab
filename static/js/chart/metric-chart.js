import { seriesClass } from "./colours.js";
import { describe, fillTable } from "./data-table.js";
import { drawPlot, plotData } from "./plot.js";
import { reading, showTip } from "./tip.js";

const NARROWEST_PX = 200;
const PX_PER_BUCKET = 2;
const ZOOM_STEP = 0.25;

/** One chart: some metrics of a run over one axis, drawn into a <figure> made from the page's chart template. */
export class MetricChart {
  /**
   * @param {HTMLElement} figure
   * @param {string[]} keys
   * @param {{ feed: import("./feed.js").Feed, startMs: number, settings: ChartSettings }} context
   */
  constructor(figure, keys, { feed, startMs, settings }) {
    this.figure = figure;
    this.keys = keys;
    this.feed = feed;
    this.startMs = startMs;
    this.settings = settings;
    /** @type {MetricSeries[]} */
    this.series = [];
    /** @type {[number, number] | null} zoomed part, in the units of the axis */
    this.zoom = null;
    /** @type {ReturnType<typeof drawPlot> | null} */
    this.plot = null;
    this.asked = 0;
    /** @type {number | null} position of the point that was chosen by key: finer than the cursor's pixels */
    this.at = null;
    this.host = part(figure, ".chart-plot");
    this.note = part(figure, ".chart-note");
    this.tip = part(figure, ".chart-tip");
    this.table = part(figure, ".chart-table");
    this.spoken = part(figure, "[aria-live]");
    this.listen();
  }

  listen() {
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.host.addEventListener("blur", () => this.leave());
    this.host.addEventListener("pointermove", () => (this.at = null));
    this.figure.querySelector("[data-action=reset]")?.addEventListener("click", () => this.reset());
    this.figure.querySelector("[data-action=table]")?.addEventListener("click", () => this.toggleTable());
    new ResizeObserver(() => this.resize()).observe(this.host);
  }

  /** Asks for the points of what is shown now and draws them; an answer overtaken by a later question is dropped. */
  async load() {
    const asked = (this.asked += 1);
    const points = Math.ceil(Math.max(NARROWEST_PX, this.host.clientWidth) / PX_PER_BUCKET);
    const range = this.askedRange();
    this.note.classList.toggle("chart-loading", !this.plot);
    try {
      const found = await Promise.all(this.keys.map((key) => this.feed.series(key, this.settings.axis, points, range)));
      if (asked !== this.asked) return;
      this.series = found.filter((one) => one !== undefined);
      this.say(this.series.some((one) => one.value.length) ? "" : "No points yet");
      this.refresh();
    } catch {
      if (asked === this.asked && !this.plot) this.say("The points could not be read. They are asked for again shortly.");
    }
  }

  /** @returns {AxisRange | null} */
  askedRange() {
    if (!this.zoom) return null;
    const [from, to] = this.zoom;
    if (this.settings.axis === "step") return { from, to };
    const origin = this.settings.axis === "relative" ? this.startMs : 0;
    return { from: from * 1000 + origin, to: to * 1000 + origin };
  }

  /** @param {string} text */
  say(text) {
    this.note.classList.remove("chart-loading");
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  /** Puts fresh points into the plot that stands, or draws a new one where its lines changed. */
  refresh() {
    const { data } = plotData(this.series, this.settings, this.startMs);
    if (this.plot && this.plot.series.length === data.length) this.plot.setData(data, true);
    else this.draw();
    if (this.zoom) this.plot?.setScale("x", { min: this.zoom[0], max: this.zoom[1] });
    this.host.setAttribute("aria-label", `Chart of ${describe(this.series)}. Arrow keys read points.`);
    if (!this.table.hidden) fillTable(this.table, this.series, this.settings.axis, this.startMs);
  }

  draw() {
    this.plot?.destroy();
    this.plot = null;
    if (!this.host.clientWidth || !this.series.length) return;
    this.plot = drawPlot(this.host, this.series, this.settings, this.startMs, {
      onZoom: (from, to) => this.zoomTo(from, to),
      onReset: () => this.reset(),
      onCursor: () => this.plot && showTip(this.tip, this.plot, this.read()),
    });
    this.legend();
    if (this.zoom) this.plot.setScale("x", { min: this.zoom[0], max: this.zoom[1] });
  }

  /** @param {ChartSettings} settings a new axis forgets the zoom, whose units it would not share */
  set(settings) {
    const moved = settings.axis !== this.settings.axis;
    this.settings = settings;
    if (moved) this.zoom = null;
    this.showReset();
    if (this.plot) this.draw();
    if (moved) this.load();
  }

  read() {
    return this.plot && reading(this.plot, this.series.map((one) => one.key), this.settings.axis, this.at);
  }

  leave() {
    this.at = null;
    this.plot?.setCursor({ left: -10, top: -10 });
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  zoomTo(from, to) {
    this.zoom = [from, to];
    this.plot?.setScale("x", { min: from, max: to });
    this.showReset();
    this.load();
  }

  reset() {
    if (!this.zoom) return;
    this.zoom = null;
    this.showReset();
    this.load();
  }

  showReset() {
    const button = this.figure.querySelector("[data-action=reset]");
    if (button instanceof HTMLElement) button.hidden = !this.zoom;
  }

  toggleTable() {
    this.table.hidden = !this.table.hidden;
    if (!this.table.hidden) fillTable(this.table, this.series, this.settings.axis, this.startMs);
  }

  legend() {
    const legend = part(this.figure, ".chart-legend");
    legend.hidden = this.series.length < 2;
    legend.replaceChildren(
      ...this.series.map((one, n) => {
        const item = document.createElement("li");
        item.append(Object.assign(document.createElement("span"), { className: `swatch ${seriesClass(n)}` }), one.key);
        return item;
      }),
    );
  }

  resize() {
    if (this.plot) this.plot.setSize({ width: this.host.clientWidth, height: this.host.clientHeight });
    else if (this.series.length) this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const plot = this.plot;
    const moves = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -1e9, End: 1e9 });
    const move = moves[event.key];
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    if (move !== undefined) this.step(plot, move);
    else if (event.key === "+" || event.key === "=") this.zoomBy(plot, ZOOM_STEP);
    else if (event.key === "-") this.zoomBy(plot, -ZOOM_STEP * 2);
    else if (event.key === "0") this.reset();
    else return;
    event.preventDefault();
  }

  /**
   * @param {NonNullable<MetricChart["plot"]>} plot
   * @param {number} move points to the right
   */
  step(plot, move) {
    const x = plot.data[0];
    const now = this.at ?? plot.cursor.idx ?? (move > 0 ? -1 : x.length);
    this.at = Math.min(x.length - 1, Math.max(0, now + move));
    plot.setCursor({ left: plot.valToPos(x[this.at] ?? 0, "x"), top: 0 });
    const read = this.read();
    this.spoken.textContent = read ? `${read.at}: ${read.values.map(({ key, text }) => `${key} ${text}`).join(", ")}` : "";
  }

  /**
   * @param {NonNullable<MetricChart["plot"]>} plot
   * @param {number} share of the shown width taken off each side; negative widens
   */
  zoomBy(plot, share) {
    const { min = 0, max = 0 } = plot.scales.x ?? {};
    const off = ((max ?? 0) - (min ?? 0)) * share;
    this.zoomTo((min ?? 0) + off, (max ?? 0) - off);
  }
}

/**
 * @param {HTMLElement} figure
 * @param {string} selector
 * @returns {HTMLElement}
 */
function part(figure, selector) {
  const found = figure.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`a chart lacks ${selector}`);
  return found;
}
