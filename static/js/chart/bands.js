import uPlot from "../../vendor/uplot/uplot.js";
import { colour, seriesColour } from "./colours.js";
import { formatTick, formatValue } from "./format.js";
import { axes, logRange, roomyRange } from "./plot.js";

const BAND_SHARE = "16%";
/** Columns of uPlot's data for each group: least, greatest, and the line between them. */
export const PER_GROUP = 3;

/**
 * The columns that uPlot draws: x, then least, greatest and line of each group; `null` where there is nothing to draw.
 *
 * @param {Curves} curves
 * @param {CurveSettings} settings
 * @returns {{ data: uPlot.AlignedData, log: boolean }} log: whether a log axis can be drawn at all
 */
export function bandData(curves, settings) {
  const some = curves.series.some((one) => one[settings.line].some((value) => typeof value === "number" && value > 0));
  const log = settings.log && some;
  const drawable = (/** @type {CurveValue} */ v) => (typeof v === "number" && (!log || v > 0) ? v : null);
  const columns = curves.series.flatMap((one) => [one.min.map(drawable), one.max.map(drawable), one[settings.line].map(drawable)]);
  return { data: /** @type {uPlot.AlignedData} */ ([curves.step, ...columns]), log };
}

/**
 * @param {HTMLElement} host sized by CSS; emptied of an earlier plot by the caller
 * @param {Curves} curves
 * @param {CurveSettings} settings
 * @param {{ onZoom: () => void, onCursor: () => void }} events
 * @returns {uPlot}
 */
export function drawBands(host, curves, settings, events) {
  const { data, log } = bandData(curves, settings);
  return new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      scales: { x: { time: false }, y: log ? { distr: 3, range: logRange } : { range: roomyRange } },
      axes: axes("step"),
      series: [{}, ...curves.series.flatMap((_, n) => styles(n, settings.band))],
      bands: settings.band ? curves.series.map((_, n) => band(n)) : [],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7, width: 1.5, fill: () => colour("--surface") } },
      hooks: { setScale: [(_plot, key) => key === "x" && events.onZoom()], setCursor: [() => events.onCursor()] },
    },
    data,
    host,
  );
}

/**
 * @param {number} n the group
 * @param {boolean} isBanded whether its least and greatest values count for the vertical axis
 * @returns {uPlot.Series[]}
 */
function styles(n, isBanded) {
  const edge = { stroke: "transparent", width: 0, show: isBanded, spanGaps: true, points: { show: false } };
  const line = {
    stroke: seriesColour(n),
    width: 2,
    spanGaps: true,
    points: { size: 5 },
    value: (/** @type {uPlot} */ _plot, /** @type {number | null} */ v) => (v === null ? "" : formatValue(v)),
  };
  return [edge, { ...edge }, line];
}

/**
 * @param {number} n
 * @returns {uPlot.Band}
 */
function band(n) {
  const least = n * PER_GROUP + 1;
  return { series: [least + 1, least], fill: `color-mix(in srgb, ${seriesColour(n)} ${BAND_SHARE}, transparent)` };
}

/**
 * @param {Curves} curves
 * @param {number} index of the part of the axis
 * @returns {string} the steps that it holds
 */
export function stepsOf(curves, index) {
  const first = curves.step[index] ?? 0;
  const last = (curves.step[index + 1] ?? (curves.to_step ?? first) + 1) - 1;
  return last > first ? `steps ${formatTick(first)} to ${formatTick(last)}` : `step ${first.toLocaleString("en-US")}`;
}
