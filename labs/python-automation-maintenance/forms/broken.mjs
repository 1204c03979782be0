// What share of scripts is broken, from the counts of packages that were followed: one of them breaks the script.

export const inputs = [
  {"id": "dependencies", "label": "Packages that the script names", "unit": "count", "default": 3, "min": 1, "max": 200, "step": 1},
  {"id": "broken", "label": "Dead by that year with your pinning, from the table; 0 for a full lock", "unit": "count", "default": 6, "min": 0, "max": 1000, "step": 1},
  {"id": "drawn", "label": "Packages followed", "unit": "count", "default": 131, "min": 1, "max": 1000, "step": 1},
  {"id": "fallen", "label": "Locks dead on the interpreter that you move to by then; 0 if it stays", "unit": "count", "default": 0, "min": 0, "max": 1000, "step": 1},
  {"id": "locks", "label": "Locks tried there", "unit": "count", "default": 131, "min": 1, "max": 1000, "step": 1}
];

const Z = 1.959964; // of a 95 % interval

export function answer({ dependencies, broken, drawn, fallen, locks }) {
  return any(dependencies, share(broken, drawn), share(fallen, locks));
}

export function sentence(percent, { dependencies, broken, drawn, fallen, locks }) {
  const [low, high] = [0, 1].map((end) => any(dependencies, wilson(broken, drawn)[end], fallen ? wilson(fallen, locks)[end] : 0));
  const what = dependencies === 1 ? "one package" : `${told(dependencies)} packages`;
  return `Of scripts with ${what}, expect about ${told(percent)}% broken by then; the outer ends of the 95% intervals of both counts give ${told(low)} to ${told(high)}%. ${dependencies === 1 ? "" : "It takes packages to break one without the other, and was tried on scripts with one package alone."}`.trim();
}

function any(dependencies, floating, moving) {
  return 100 * (1 - ((1 - floating) * (1 - moving)) ** dependencies);
}

function share(hits, n) {
  return Math.min(hits, n) / n;
}

function wilson(hits, n) {
  const p = share(hits, n);
  const middle = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt(p * (1 - p) / n + Z ** 2 / (4 * n ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 2 });
}
