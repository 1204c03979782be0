// How long requests take one after another, 12.5 ms each.

export const inputs = [
  {"id": "requests", "label": "Requests", "unit": "1", "default": 10, "min": 1, "max": 1000, "step": 1}
];

export function answer({ requests }) {
  return requests * 12.5;
}

export function sentence(ms, { requests }) {
  return `${requests} requests take ${ms} ms.`;
}
