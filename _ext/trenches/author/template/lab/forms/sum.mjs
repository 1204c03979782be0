// What the numbers from one to a last one add up to.

export const inputs = [
  {"id": "numbers", "label": "Numbers", "unit": "1", "default": 10, "min": 1, "max": 1000000, "step": 1}
];

export function answer({ numbers }) {
  return numbers * (numbers + 1) / 2;
}

export function sentence(sum, { numbers }) {
  return `The ${numbers.toLocaleString("en")} numbers add up to ${sum.toLocaleString("en")}.`;
}
