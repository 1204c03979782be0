// What a form does: read the reader's numbers, ask the lab's formula, say its answer. The build calls this with what the
// lab's module exports (forms.py), in a script that stands behind its form.
(formula) => {
  "use strict";

  const form = document.currentScript.previousElementSibling;
  const fields = [...form.querySelectorAll("input")];
  const output = form.querySelector("output");

  function say() {
    for (const field of fields) field.ariaInvalid = !field.validity.valid;
    const wrong = fields.find((field) => !field.validity.valid);
    if (wrong) {
      const [label, range] = wrong.parentElement.querySelectorAll("span");
      output.textContent = `No answer: “${label.textContent}” takes ${range.textContent}.`;
      return;
    }
    // Said first, so that a formula that throws does not leave the answer to other numbers standing.
    output.textContent = "The formula has no answer for these numbers.";
    const inputs = Object.fromEntries(fields.map((field) => [field.name, field.valueAsNumber]));
    const answer = formula.answer(inputs);
    if (answer === null || Number.isFinite(answer)) output.textContent = formula.sentence(answer, inputs);
  }

  form.addEventListener("input", say);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  say();
}
