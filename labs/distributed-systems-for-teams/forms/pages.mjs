// What faults cost on call: pages and wrong pages a week, and how often practice has to be made up for.

export const inputs = [
  {"id": "services", "label": "Services", "unit": "count", "default": 13, "min": 2, "max": 500, "step": 1},
  {"id": "teams", "label": "Teams that own them", "unit": "count", "default": 4, "min": 1, "max": 60, "step": 1},
  {"id": "depth", "label": "Services on the longest way from the edge to a fault, both counted, in the mean", "unit": "count", "default": 3, "min": 1, "max": 20, "step": 0.1},
  {"id": "faults", "label": "Faults of a service in a week", "unit": "count", "default": 0.1, "min": 0.01, "max": 5, "step": 0.01},
  {"id": "people", "label": "People in a team's rota", "unit": "count", "default": 6, "min": 1, "max": 30, "step": 1}
];

const QUARTER = 13; // weeks in which everybody should meet a fault of each service, in earnest or in a rehearsal

// Every service on the way alerts; those above the fault belong to any of the teams.
export function answer({ services, teams, depth, faults }) {
  return services * faults * (depth - 1) * (1 - 1 / teams);
}

export function sentence(wrong, { services, teams, depth, faults, people }) {
  const met = people / faults;
  const owed = (services / teams) * Math.max(0, 1 / QUARTER - 1 / met);
  const unmet = 100 * Math.exp(-QUARTER / met);
  const practice = `By arithmetic, not measured: somebody on call meets a fault of a given service every ${told(met)} weeks, and ${told(unmet)}% of a rota meet none of it in a quarter. `
    + (owed > 0 ? `A team that wants each to meet one a quarter rehearses a service, all together, every ${told(1 / owed)} weeks.` : "In the mean that is one a quarter, without a rehearsal.");
  return `${told(services * faults * depth)} pages a week, of which ${told(wrong)} reach a team that cannot mend the fault. ${practice}`;
}

function told(number) {
  return number.toLocaleString("en", { maximumSignificantDigits: 2 });
}
