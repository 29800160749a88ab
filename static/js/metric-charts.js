import { Feed } from "./chart/feed.js";
import { MetricChart } from "./chart/metric-chart.js";
import { keep, recall } from "./stored.js";

const POLL_MS = 3000;
const SLOWEST_POLL_MS = 15_000;
const LIVE = new Set(["RUNNING", "SCHEDULED"]);
/** @type {ChartSettings} */
const DEFAULTS = { axis: "step", smoothing: 0, log: false };

/**
 * The charts of one run: a toolbar whose settings all charts share, figures that draw themselves when they come into
 * view, a dialog for a closer look, and fresh points while the run is live.
 *
 * @param {HTMLElement} panel with data-url, data-start-ms, data-status and a <template data-chart-template>
 */
export function mount(panel) {
  const charts = new Charts(panel);
  charts.watch();
  charts.poll(POLL_MS);
}

class Charts {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    this.feed = new Feed(panel.dataset.url ?? "");
    this.feed.status = panel.dataset.status ?? "";
    this.startMs = Number(panel.dataset.startMs ?? 0);
    this.settings = { ...DEFAULTS, ...recall("charts", DEFAULTS) };
    /** @type {Map<Element, MetricChart>} */
    this.drawn = new Map();
    /** @type {Set<Element>} */
    this.visible = new Set();
    /** @type {MetricChart | null} */
    this.closeUp = null;
    /** @type {IntersectionObserver | null} */
    this.seen = null;
    this.newest = panel.querySelector(".chart-grid") ?? panel;
    this.toolbar();
    document.addEventListener("runfold:theme", () => this.redraw());
  }

  toolbar() {
    const form = this.panel.querySelector("form.chart-toolbar");
    if (!(form instanceof HTMLFormElement)) return;
    const { axis, smoothing, log } = this.settings;
    for (const input of form.querySelectorAll("input")) {
      if (input.name === "axis") input.checked = input.value === axis;
      if (input.name === "smoothing") input.value = String(smoothing * 100);
      if (input.name === "log") input.checked = log;
    }
    showSmoothing(form);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      const input = event.target;
      if (input instanceof HTMLInputElement && input.type === "search") this.filter(input.value);
      else this.change(form);
    });
  }

  /** @param {HTMLFormElement} form */
  change(form) {
    const data = new FormData(form);
    this.settings = {
      axis: /** @type {AxisMode} */ (data.get("axis") ?? "step"),
      smoothing: Number(data.get("smoothing") ?? 0) / 100,
      log: data.has("log"),
    };
    showSmoothing(form);
    keep("charts", this.settings);
    for (const chart of this.all()) chart.set(this.settings);
  }

  /** @param {string} text */
  filter(text) {
    const wanted = text.trim().toLowerCase();
    for (const group of this.panel.querySelectorAll(".chart-group")) {
      let any = false;
      for (const figure of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll("figure[data-key]"))) {
        figure.hidden = !(figure.dataset.key ?? "").toLowerCase().includes(wanted);
        any ||= !figure.hidden;
      }
      /** @type {HTMLElement} */ (group).hidden = !any;
    }
  }

  /** Draws each figure when it first comes into view. */
  watch() {
    this.seen = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) this.visible.delete(target);
          else this.visible.add(target) && this.show(/** @type {HTMLElement} */ (target));
        }
      },
      { rootMargin: "200px" },
    );
    for (const figure of this.panel.querySelectorAll("figure[data-key]")) this.seen.observe(figure);
    // The live page brings its table of metrics up to date: what is new there gets a chart.
    document.addEventListener("htmx:load", () => this.addMissing());
  }

  addMissing() {
    const drawn = new Set(Array.from(this.panel.querySelectorAll("figure[data-key]"), (figure) => figure.getAttribute("data-key")));
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr[data-metric-key]"))) {
      const key = row.dataset.metricKey ?? "";
      if (drawn.has(key) || Number(row.dataset.points) < 2) continue;
      const figure = emptyFigure(key);
      this.newest.append(figure);
      this.seen?.observe(figure);
    }
  }

  /** @param {HTMLElement} figure */
  show(figure) {
    if (this.drawn.has(figure)) return;
    const key = figure.dataset.key ?? "";
    this.fill(figure);
    figure.querySelector("[data-action=expand]")?.addEventListener("click", () => this.expand(key));
    const chart = new MetricChart(figure, [key], this);
    this.drawn.set(figure, chart);
    chart.load();
  }

  /** @param {HTMLElement} figure gets the parts of a chart from the page's template */
  fill(figure) {
    const template = this.panel.querySelector("template[data-chart-template]");
    if (!(template instanceof HTMLTemplateElement)) throw new Error("the page has no chart template");
    const parts = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const tools = parts.querySelector(".tools");
    if (tools) figure.querySelector(".chart-head")?.append(tools);
    figure.append(...parts.children);
  }

  /** @param {string} key */
  expand(key) {
    const dialog = this.panel.querySelector("dialog");
    const figure = dialog?.querySelector("figure");
    const add = dialog?.querySelector("select");
    if (!dialog || !figure || !add) return;
    if (!figure.querySelector(".chart-plot")) this.fill(figure);
    const fresh = /** @type {HTMLElement} */ (figure.cloneNode(true));
    figure.replaceWith(fresh);
    fresh.querySelector(".uplot")?.remove();
    const title = dialog.querySelector("h2");
    if (title) title.textContent = key;
    const chart = new MetricChart(fresh, [key], this);
    this.closeUp = chart;
    add.onchange = () => {
      if (add.value && !chart.keys.includes(add.value)) chart.keys = [...chart.keys, add.value];
      if (title) title.textContent = chart.keys.join(", ");
      add.value = "";
      chart.load();
    };
    dialog.addEventListener("close", () => (this.closeUp = null), { once: true });
    dialog.showModal();
    chart.load();
  }

  all() {
    return this.closeUp ? [...this.drawn.values(), this.closeUp] : [...this.drawn.values()];
  }

  redraw() {
    for (const chart of this.all()) chart.draw();
  }

  /**
   * Reads what is in view again while the run is live, slower while nothing new comes.
   *
   * @param {number} wait milliseconds
   */
  poll(wait) {
    if (!LIVE.has(this.feed.status)) return;
    setTimeout(async () => {
      if (document.hidden) return this.poll(wait);
      const charts = this.all().filter((chart) => !chart.zoom && (chart === this.closeUp || this.visible.has(chart.figure)));
      const before = count(charts);
      await Promise.all(charts.map((chart) => chart.load()));
      this.poll(count(charts) > before ? POLL_MS : Math.min(wait * 1.5, SLOWEST_POLL_MS));
    }, wait);
  }
}

/** @param {MetricChart[]} charts */
function count(charts) {
  return charts.reduce((sum, chart) => sum + chart.series.reduce((all, one) => all + one.total, 0), 0);
}

/** @param {string} key */
function emptyFigure(key) {
  const figure = Object.assign(document.createElement("figure"), { className: "chart" });
  figure.dataset.key = key;
  const head = Object.assign(document.createElement("figcaption"), { className: "chart-head" });
  head.append(Object.assign(document.createElement("h3"), { textContent: key, title: key }));
  figure.append(head);
  return figure;
}

/** @param {HTMLFormElement} form */
function showSmoothing(form) {
  const output = form.querySelector("output");
  const input = form.querySelector("input[name=smoothing]");
  if (output && input instanceof HTMLInputElement) output.value = (Number(input.value) / 100).toFixed(2);
}
