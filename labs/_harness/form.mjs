// Ask a form's module: node form.mjs <module>, the cases as JSON on standard input. Prints one JSON object: the module's
// inputs and, for each case, [answer, sentence]; or what is wrong, and the module's line if that is known.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const address = pathToFileURL(process.argv[2]).href;

// Of every range the ends and the default, each with each.
const corners = (inputs) => inputs.reduce((cases, { id, min, max, default: usual }) =>
  cases.flatMap((given) => [min, usual, max].map((value) => ({ ...given, [id]: value }))), [{}]);

function ask({ answer, sentence }, given, mayHaveNone) {
  const found = answer(given);
  const said = JSON.stringify(given);
  if (!(Number.isFinite(found) || (mayHaveNone && found === null))) throw new Error(`answer(${said}) is ${found}, no number`);
  const words = sentence(found, given);
  if (typeof words !== "string" || !words.trim() || /NaN|undefined|Infinity|null/.test(words)) {
    throw new Error(`sentence(${found}, ${said}) is ${words}, no sentence`);
  }
  return [found, words];
}

try {
  const module = await import(address);
  const missing = ["inputs", "answer", "sentence"].find((name) => !module[name]);
  if (missing) throw new Error(`it exports no ${missing}`);
  const cases = JSON.parse(readFileSync(0, "utf8"));
  const asked = cases.map((row) => ask(module, Object.fromEntries(module.inputs.map(({ id }) => {
    if (typeof row[id] !== "number") throw new Error(`a case gives ${id} no number`);
    return [id, row[id]];
  })), false));
  for (const given of corners(module.inputs)) ask(module, given, true);
  console.log(JSON.stringify({ inputs: module.inputs, asked }));
} catch (error) {
  const line = error.stack?.split(address + ":")[1]?.match(/^\d+/)?.[0];
  console.log(JSON.stringify({ error: `${error.name}: ${error.message}`.replace(/^Error: /, ""), line }));
}
