// Little's law: how many are inside a system that lets in so many and keeps each so long.

export const inputs = [
  {"id": "rate", "label": "Arrivals a second", "unit": "1", "default": 100, "min": 0, "max": 100000, "step": 1},
  {"id": "time_ms", "label": "Time inside", "unit": "ms", "default": 50, "min": 0.5, "max": 60000, "step": 0.5}
];

export function answer({ rate, time_ms }) {
  return rate * time_ms / 1000;
}

export function sentence(inside) {
  return `On average ${inside.toLocaleString("en", { maximumSignificantDigits: 3 })} requests are inside.`;
}
