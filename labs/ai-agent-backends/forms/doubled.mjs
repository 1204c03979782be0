// How many emails a killed agent sends twice, if it repeats all that it has not recorded.

export const inputs = [
  {"id": "steps", "label": "Steps of a run", "unit": "count", "default": 10, "min": 1, "max": 1000, "step": 1},
  {"id": "between", "label": "Steps between two records", "unit": "count", "default": 10, "min": 1, "max": 1000, "step": 1},
  {"id": "step_s", "label": "A step, model call and all", "unit": "s", "default": 20, "min": 0.0001, "max": 86400, "step": 0.0001},
  {"id": "gap_ms", "label": "From an email's request to its record", "unit": "ms", "default": 50, "min": 0.1, "max": 100000, "step": 0.1},
  {"id": "apart_s", "label": "Between two kills of a worker", "unit": "s", "default": 86400, "min": 0.01, "max": 100000000, "step": 0.01}
];

const MOST = 1e12;

// Of 1,000 runs. An email is exposed from its request to its record. Kills come at exponential times, so an email that is exposed for w
// seconds is sent exp(w / apart) times in the mean.
export function answer({ steps, between, step_s, gap_ms, apart_s }) {
  let doubled = 0;
  for (let step = 1; step <= steps; step += 1) {
    const end = Math.min(steps, Math.ceil(step / between) * between);
    doubled += Math.expm1(((end - step) * step_s + gap_ms / 1000) / apart_s);
  }
  return Math.min(MOST, 1000 * doubled);
}

export function sentence(doubled, inputs) {
  if (doubled >= MOST) return "A run cannot end: it is killed before its first record, every time.";
  const each = answer({ ...inputs, between: 1 });
  return `Of 1,000 runs expect about ${told(doubled)} doubled emails; with a record after every step, ${told(each)}; decided first, under the key (run, step), none.`;
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 2 });
}
