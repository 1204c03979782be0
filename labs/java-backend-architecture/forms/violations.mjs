// How often two transactions meet on one key and break its rule, if each sees the rule kept and takes one of two rows.

const DAY_S = 86400;

export const inputs = [
  {"id": "keys", "label": "Keys that the writers pick from", "unit": "count", "default": 1000, "min": 1, "max": 1000000000, "step": 1},
  {"id": "rate", "label": "Writers a second, at the rule's edge", "unit": "1", "default": 10, "min": 0.01, "max": 1000000, "step": 0.01},
  {"id": "gap_ms", "label": "Gap between read and commit", "unit": "ms", "default": 20, "min": 0.01, "max": 100000, "step": 0.01}
];

// Of a writer and the next one of the same key within the gap, half the pairs take different rows. A writer can be in one
// such pair as the first and one as the second; beyond that all of them are in one.
export function answer({ keys, rate, gap_ms }) {
  const meets = rate * gap_ms / 1000 / (2 * keys);
  return DAY_S * rate * Math.min(meets, 0.5);
}

export function sentence(violations, { keys, rate, gap_ms }) {
  const inside = rate * gap_ms / 1000;
  const often = violations >= 1 ? `about ${told(violations)} violations a day` : `about one violation in ${told(1 / violations)} days`;
  const tested = violations / DAY_S / rate * 10000;
  return `Expect ${often}. ${told(inside)} writers are inside their gap at any moment; a test with ten thousand commits would see ${told(tested)}.`;
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 2 });
}
