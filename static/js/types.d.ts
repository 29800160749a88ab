/** One metric as the server sent it: already reduced, min and max of each bucket kept, ordered by the asked axis. */
interface MetricSeries {
  key: string;
  /** Points in the range before reduction. */
  total: number;
  step: Float64Array;
  /** Milliseconds since the epoch. */
  time: Float64Array;
  value: Float64Array;
}

interface ChartData {
  /** Status of the run when read, as the protocol spells it. */
  status: string;
  series: MetricSeries[];
}

type AxisMode = "step" | "relative" | "time";

interface ChartSettings {
  axis: AxisMode;
  /** 0 (none) to 0.99. */
  smoothing: number;
  log: boolean;
}

/** A zoomed part of the x axis, in the units the server filters by: steps, or milliseconds. */
interface AxisRange {
  from: number;
  to: number;
}

interface Line {
  x: Float64Array;
  y: Float64Array;
}

/** A number, a word for what JSON has no number for, or null where no run has a value. */
type CurveValue = number | string | null;

interface CurveGroup {
  /** What the runs share; null for runs without it. */
  group: string | null;
  run_count: number;
  count: number[];
  min: CurveValue[];
  max: CurveValue[];
  mean: CurveValue[];
  median: CurveValue[];
}

/** One metric over many runs, as the server computed it; one entry of each column a part of the step axis. */
interface Curves {
  key: string;
  group_by: string;
  /** The first step of each part. */
  step: number[];
  to_step: number | null;
  series: CurveGroup[];
}

interface CurveSettings {
  line: "median" | "mean";
  band: boolean;
  log: boolean;
}
