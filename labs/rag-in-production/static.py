"""Text to unit vectors by an encoder without a window: the mean of what each piece of a word is worth by itself.

WordLlama's 32,000 vectors and its tokenizer, read from the wheel: the package's own loader looks for the tokenizer elsewhere
and then on the network.
"""

from importlib import metadata
from itertools import chain

import numpy as np
from _harness import LabError
from safetensors.numpy import load_file
from scipy.sparse import csr_array
from tokenizers import Tokenizer

PACKAGE = "wordllama"
WEIGHTS, TOKENIZER = "l2_supercat_256.safetensors", "l2_supercat_tokenizer_config.json"


class Static:
    """No piece of this tokenizer reaches over a space, so each distinct word is cut into its pieces once."""

    def __init__(self):
        self._table = load_file(_file(WEIGHTS))["embedding.weight"].astype(np.float32)
        self._pieces = Tokenizer.from_file(_file(TOKENIZER))

    def encode(self, texts):
        """float32 array (len(texts), 256), each row of length 1."""
        texts = [text.split() for text in texts]
        numbers = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(texts)))}
        pieces = [encoding.ids for encoding in self._pieces.encode_batch(list(numbers), add_special_tokens=False)]
        sums = _sums([[numbers[word] for word in text] for text in texts], _sums(pieces, self._table))
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)  # the mean has the same direction


def _sums(rows, vectors):
    """For each of `rows`, lists of numbers of vectors, the sum of these vectors."""
    ends = np.cumsum([0, *map(len, rows)])
    counts = csr_array((np.ones(ends[-1], np.float32), np.fromiter(chain.from_iterable(rows), int), ends), (len(rows), len(vectors)))
    return counts @ vectors


def _file(name):
    """Where pip put the package's file of that name."""
    found = next((file.locate() for file in metadata.files(PACKAGE) if file.name == name), None)
    if not found:
        raise LabError(f"no {name} in {PACKAGE} {metadata.version(PACKAGE)}; install the version that requirements.txt pins")
    return str(found)
