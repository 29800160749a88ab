const HEADER_LENGTH_BYTES = 4;
const ARRAYS = 3;

/**
 * Reads the answer of a run's chart data: a little-endian uint32 header length, the header as JSON (padded so that
 * what follows is aligned to 8 bytes), then step, time and value of each series as float64.
 *
 * @param {ArrayBuffer} buffer
 * @returns {ChartData} arrays are views of the buffer, nothing is copied
 */
export function decodeChartData(buffer) {
  const headerLength = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, HEADER_LENGTH_BYTES, headerLength)));
  let offset = HEADER_LENGTH_BYTES + headerLength;
  const series = [];
  for (const { key, count, total } of header.series) {
    const [step, time, value] = [0, 1, 2].map((n) => new Float64Array(buffer, offset + n * count * 8, count));
    if (!step || !time || !value) throw new Error("chart data ends early");
    series.push({ key, total, step, time, value });
    offset += ARRAYS * count * 8;
  }
  return { status: header.status, series };
}
