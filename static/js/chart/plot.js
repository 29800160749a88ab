import uPlot from "../../vendor/uplot/uplot.js";
import { colour, seriesColour } from "./colours.js";
import { formatSeconds, formatTick, formatValue } from "./format.js";
import { align, lineOf } from "./lines.js";
import { smooth } from "./smooth.js";

const DAY_SECONDS = 86_400;
const FAINT = 0.28;
// What lies further below the greatest value is cut off by a log axis.
const MOST_MAGNITUDES = 1e12;
const AXIS_FONT = "11px system-ui, sans-serif";

/**
 * The columns that uPlot draws: x, then each metric's own line, then, when smoothing, each smoothed line.
 *
 * @param {MetricSeries[]} series
 * @param {ChartSettings} settings
 * @param {number} startMs
 * @returns {{ data: uPlot.AlignedData, log: boolean }} log: whether a log axis can be drawn at all
 */
export function plotData(series, settings, startMs) {
  const raw = series.map((one) => lineOf(one, settings.axis, startMs));
  const log = settings.log && raw.some((line) => line.y.some((value) => value > 0 && Number.isFinite(value)));
  const lines = settings.smoothing ? [...raw, ...raw.map((line) => smooth(line, settings.smoothing))] : raw;
  const drawable = log ? (/** @type {number} */ v) => Number.isFinite(v) && v > 0 : Number.isFinite;
  const { x, columns } = align(lines, drawable);
  return { data: /** @type {uPlot.AlignedData} */ ([x, ...columns]), log };
}

/**
 * @typedef {object} PlotEvents
 * @property {(from: number, to: number) => void} onZoom in the units of the axis
 * @property {() => void} onReset
 * @property {(index: number | null) => void} onCursor
 */

/**
 * @param {HTMLElement} host sized by CSS; emptied of an earlier plot by the caller
 * @param {MetricSeries[]} series
 * @param {ChartSettings} settings
 * @param {number} startMs
 * @param {PlotEvents} events
 * @returns {uPlot}
 */
export function drawPlot(host, series, settings, startMs, events) {
  const { data, log } = plotData(series, settings, startMs);
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      scales: { x: { time: settings.axis === "time" }, y: log ? { distr: 3, range: logRange } : { range: roomyRange } },
      axes: axes(settings.axis),
      series: [{}, ...lineStyles(series, settings.smoothing > 0)],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        points: { size: 7, width: 1.5, fill: () => colour("--surface") },
      },
      hooks: {
        setSelect: [(u) => u.select.width > 4 && events.onZoom(...selected(u))],
        setCursor: [(u) => events.onCursor(u.cursor.idx ?? null)],
      },
    },
    data,
    host,
  );
  plot.over.addEventListener("dblclick", events.onReset);
  return plot;
}

/**
 * @param {uPlot} plot
 * @returns {[number, number]}
 */
function selected(plot) {
  const from = plot.posToVal(plot.select.left, "x");
  const to = plot.posToVal(plot.select.left + plot.select.width, "x");
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  return [from, to];
}

/** @type {uPlot.Range.Function} */
export function roomyRange(_plot, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/**
 * Ends at one significant digit, as uPlot counts the ticks of a log axis from there.
 *
 * @type {uPlot.Range.Function}
 */
export function logRange(_plot, low, high) {
  if (low === null || high === null) return [0.1, 1];
  const from = roundedBy(Math.floor, Math.max(low, high / MOST_MAGNITUDES));
  const to = roundedBy(Math.ceil, high);
  return [from, to > from ? to : from * 10];
}

/**
 * @param {(value: number) => number} rounding
 * @param {number} value above nothing
 * @returns {number} with one significant digit
 */
function roundedBy(rounding, value) {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return rounding(value / magnitude) * magnitude;
}

/**
 * A reduced series goes up and down between the extremes of each bucket: a thin line shows that as a band.
 *
 * @param {MetricSeries[]} series
 * @param {boolean} smoothed
 * @returns {uPlot.Series[]}
 */
function lineStyles(series, smoothed) {
  const own = series.map(({ total, value }, n) => ({
    stroke: seriesColour(n),
    width: smoothed || total > value.length ? 1 : 1.75,
    alpha: smoothed ? FAINT : 1,
    points: smoothed ? { show: false } : { size: 5 },
    value: (/** @type {uPlot} */ _plot, /** @type {number | null} */ v) => (v === null ? "" : formatValue(v)),
  }));
  if (!smoothed) return own;
  return [...own, ...own.map((style) => ({ ...style, width: 2, alpha: 1, points: { show: false } }))];
}

/**
 * @param {AxisMode} axis
 * @returns {uPlot.Axis[]}
 */
export function axes(axis) {
  const look = {
    stroke: colour("--ink-faint"),
    font: AXIS_FONT,
    ticks: { show: false },
    grid: { stroke: colour("--grid"), width: 1 },
  };
  const format = axis === "relative" ? formatSeconds : formatTick;
  const ticks = (/** @type {(v: number) => string} */ each) => (/** @type {uPlot} */ _plot, /** @type {(number | null)[]} */ at) =>
    at.map((v) => (v === null ? "" : each(v)));
  const x = { ...look, grid: { show: false }, size: 26, gap: 4, space: 48 };
  const below = axis === "time" ? { ...x, size: 40, values: timeTicks } : { ...x, values: ticks(format), ...(axis === "relative" ? { incrs: TIME_STEPS } : {}) };
  return [below, { ...look, gap: 4, size: labelWidth, values: ticks(formatTick) }];
}

const TIME_STEPS = [
  0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800,
];

/**
 * Hours and minutes, and the day below where one begins.
 *
 * @param {uPlot} _plot
 * @param {number[]} at seconds since the epoch
 * @param {number} _axis
 * @param {number} _space
 * @param {number} apart seconds between ticks
 */
function timeTicks(_plot, at, _axis, _space, apart) {
  let before = "";
  return at.map((seconds) => {
    const moment = new Date(seconds * 1000);
    const day = moment.toLocaleDateString("en", { month: "short", day: "numeric" });
    const begins = day !== before;
    before = day;
    if (apart >= DAY_SECONDS) return day;
    const time = moment.toTimeString().slice(0, apart < 60 ? 8 : 5);
    return begins ? `${time}\n${day}` : time;
  });
}

/**
 * @param {uPlot} _plot
 * @param {string[]} values
 */
function labelWidth(_plot, values) {
  const longest = Math.max(2, ...(values ?? []).map((text) => text?.length ?? 0));
  return Math.ceil(longest * 6.6) + 10;
}
