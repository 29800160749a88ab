import { decodeChartData } from "./decode.js";

const KEYS_PER_REQUEST = 24;
const GATHER_MS = 20;

/**
 * @typedef {object} Wanted
 * @property {string} key
 * @property {(series: MetricSeries | undefined) => void} resolve
 * @property {(reason: unknown) => void} reject
 */

/** Asks the server for reduced series, many keys in one request where they are wanted at the same moment. */
export class Feed {
  /** @param {string} url of the run's chart data */
  constructor(url) {
    this.url = url;
    /** Status of the run when last read. */
    this.status = "";
    /** @type {Map<string, Wanted[]>} by the part of the query that they share */
    this.waiting = new Map();
  }

  /**
   * @param {string} key
   * @param {AxisMode} axis
   * @param {number} points about how many to send back
   * @param {AxisRange | null} range
   * @returns {Promise<MetricSeries | undefined>} undefined where the run has no such metric
   */
  series(key, axis, points, range) {
    const shared = new URLSearchParams({ x: axis === "step" ? "step" : "time", points: String(points) });
    if (range) {
      shared.set("from", String(Math.floor(range.from)));
      shared.set("to", String(Math.ceil(range.to)));
    }
    const group = shared.toString();
    return new Promise((resolve, reject) => {
      const wanted = this.waiting.get(group) ?? [];
      if (!wanted.length) setTimeout(() => this.send(group), GATHER_MS);
      this.waiting.set(group, [...wanted, { key, resolve, reject }]);
    });
  }

  /** @param {string} group */
  async send(group) {
    const wanted = this.waiting.get(group) ?? [];
    this.waiting.delete(group);
    for (let n = 0; n < wanted.length; n += KEYS_PER_REQUEST) {
      const part = wanted.slice(n, n + KEYS_PER_REQUEST);
      try {
        const data = await this.fetch(group, part);
        const found = new Map(data.series.map((one) => [one.key, one]));
        for (const { key, resolve } of part) resolve(found.get(key));
      } catch (reason) {
        for (const { reject } of part) reject(reason);
      }
    }
  }

  /**
   * @param {string} group
   * @param {Wanted[]} wanted
   */
  async fetch(group, wanted) {
    const keys = new URLSearchParams([...new Set(wanted.map(({ key }) => key))].map((key) => ["key", key]));
    const response = await fetch(`${this.url}?${group}&${keys}`, { credentials: "same-origin" });
    if (!response.ok) throw new Error(`chart data: ${response.status}`);
    const data = decodeChartData(await response.arrayBuffer());
    this.status = data.status;
    return data;
  }
}
