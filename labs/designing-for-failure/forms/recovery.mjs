// Whether a service comes back after a trigger has filled its queue, if every attempt times out until it does.

export const inputs = [
  {"id": "capacity", "label": "Capacity a second", "unit": "1", "default": 100, "min": 1, "max": 1000000, "step": 0.1},
  {"id": "arrivals", "label": "Arrivals a second", "unit": "1", "default": 20, "min": 0.1, "max": 1000000, "step": 0.01},
  {"id": "retries", "label": "Retries after the first attempt", "unit": "1", "default": 3, "min": 0, "max": 10, "step": 1},
  {"id": "waiting", "label": "Waiting when the trigger ends", "unit": "1", "default": 200, "min": 1, "max": 1000000, "step": 1}
];

// Seconds until the queue is empty, or null where it never is.
export function answer({ capacity, arrivals, retries, waiting }) {
  const left = capacity - (1 + retries) * arrivals;
  return left > 0 ? waiting / left : null;
}

export function sentence(drain, { capacity, arrivals, retries }) {
  const limit = `Its limit is ${told(capacity / (1 + retries))} requests a second.`;
  if (drain !== null) return `It comes back, in about ${told(drain)} s. ${limit}`;
  if (arrivals >= capacity) return `It does not come back: even without retries the arrivals are too many. ${limit}`;
  const budget = Math.floor(1000 * (capacity / arrivals - 1)) / 10;
  const cure = `What would do: a retry budget below ${told(budget)}% of first attempts, or fewer arrivals than the limit.`;
  return `It does not come back. ${limit} ${cure}`;
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 3 });
}
