// How many orders of deploying a change are safe: what has to come first comes first, what has to come last comes last.

export const inputs = [
  {"id": "services", "label": "Services whose code names the column", "unit": "count", "default": 3, "min": 1, "max": 12, "step": 1},
  {"id": "first", "label": "Migrations that the new code needs (expand, add a column)", "unit": "count", "default": 1, "min": 0, "max": 1, "step": 1},
  {"id": "last", "label": "Migrations that the old code cannot stand (contract, narrow)", "unit": "count", "default": 1, "min": 0, "max": 1, "step": 1},
  {"id": "both", "label": "Migrations that are both at once (rename, change a unit)", "unit": "count", "default": 0, "min": 0, "max": 1, "step": 1}
];

// A migration of both kinds would have to come before each service and after it.
export function answer({ services, first, last, both }) {
  return both > 0 ? 0 : factorial(services) * factorial(first) * factorial(last);
}

export function sentence(safe, { services, first, last, both }) {
  const all = factorial(services + first + last + both);
  if (safe === 0) {
    const split = factorial(services + first + last + 2 * both);
    return `None of ${told(all)} orders is safe. Expand and contract makes two migrations of each that is both: then ${told(factorial(services) * factorial(first + both) * factorial(last + both))} of ${told(split)} are.`;
  }
  const stages = [first && "the migrations that the new code needs", `the ${told(services)} services, in any order`, last && "the migrations that the old code cannot stand"].filter(Boolean);
  const share = safe === all ? "every order is safe" : `${told(safe)} of ${told(all)} orders are safe, one in ${told(all / safe)}`;
  return `With ${told(services + first + last)} parts ${share}. Shortest safe plan: ${stages.join("; then ")}.`;
}

function factorial(n) {
  return n < 2 ? 1 : n * factorial(n - 1);
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 6 });
}
