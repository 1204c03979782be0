// How many labelled questions a comparison of two settings needs, if both answer the same ones.

export const inputs = [
  {"id": "flips", "label": "Questions whose outcome flips", "unit": "%", "default": 20, "min": 0.1, "max": 100, "step": 0.1},
  {"id": "net", "label": "Difference that you want to see", "unit": "points", "default": 5, "min": 0.1, "max": 100, "step": 0.1}
];

// One-sided exact test on the flips, at 5 % with 80 % power: about 7 × flips ⁄ net². A difference cannot exceed the flips.
export function answer({ flips, net }) {
  return net > flips ? null : Math.ceil(700 * flips / net ** 2);
}

export function sentence(questions, { flips, net }) {
  if (questions === null) return "A difference cannot be larger than the share that flips.";
  const seen = Math.sqrt(700 * flips / 50);
  const with50 = seen > flips ? "Fifty questions would hardly ever show it" : `Fifty questions show a difference from ${told(seen)} points on`;
  return `Label ${told(questions)} questions. ${with50}.`;
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 2 });
}
