"""A sentence model in ONNX: tokens of a tokenizer.json in, the mean of the token vectors over the attention mask out.

One thread, the CPU, batches of texts of like length: the same texts give the same numbers. The file is a graph of arithmetic that
onnxruntime evaluates; no operators but its own are loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from auditor.detectors.models import MAX_TEXT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.vectors import Source

TOKENS: Final = 256
"""Tokens of a text that are read: sentence models are trained on 128 to 512."""
BATCH: Final = 32
_INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUTS: Final = ("last_hidden_state", "token_embeddings", "sentence_embedding")
"""Names of outputs in the order in which they are taken; else the first one of floats."""
_WHOLE: Final = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_FLOATS: Final = ("tensor(float)", "tensor(float16)", "tensor(double)")


@dataclass(frozen=True)
class Model:
    """A model that is loaded, and the shapes it asks for."""

    source: Source
    session: Any = field(repr=False)
    inputs: tuple[tuple[str, Any], ...]
    """Names and types of whole numbers."""
    output: str
    batch: int
    """Texts at once; a model may be fixed to a number of its own."""
    length: int
    """Tokens that a model is fixed to; 0 = any."""
    errors: tuple[type[Exception], ...] = field(repr=False)

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of a batch.

        Raises:
            ConfigError: when the model fails on it.
        """
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            found = self.session.run([self.output], {name: feed[name].astype(kind) for name, kind in self.inputs})[0]
        except self.errors as error:
            raise self.source.wrong(f"the model fails on the tokens of its tokenizer ({type(error).__name__})") from error
        out = np.asarray(found, dtype=np.float32)
        if out.ndim == 3 and out.shape[:2] == ids.shape:
            return pooled(out, mask)
        if out.ndim == 2 and len(out) == len(ids):
            return out
        raise self.source.wrong(f"its output '{self.output}' is neither (texts, tokens, numbers) nor (texts, numbers)")


def pooled(out: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """Mean of the token vectors (texts x tokens x numbers) where the mask is 1; zero where it never is."""
    weight = mask.astype(np.float32)
    total = np.einsum("bt,btd->bd", weight, out)
    return np.asarray(total / np.maximum(weight.sum(axis=1, keepdims=True), 1), dtype=np.float32)


def padded(tokens: Sequence[Sequence[int]], rows: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask, `rows` x the longest text (`length` if that is given), filled up with zeros."""
    width = length or max(1, *(len(t) for t in tokens), 1)
    ids = np.zeros((rows, width), np.int64)
    mask = np.zeros((rows, width), np.int64)
    for i, row in enumerate(tokens):
        ids[i, : len(row)] = row[:width]
        mask[i, : len(row)] = 1
    return ids, mask


def encode(source: Source, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of texts, which should be sorted by length.

    Raises:
        ConfigError: when the model or the tokenizer cannot be used.
    """
    model = _load(source)
    tokenizer = _tokenizer(source, model.length or TOKENS)
    parts = []
    for begin in range(0, len(texts), model.batch):
        part = [_clean(t) for t in texts[begin : begin + model.batch]]
        tokens = [e.ids for e in tokenizer.encode_batch(part)]
        ids, mask = padded(tokens, model.batch if len(part) < model.batch and model.batch < BATCH else len(part), model.length)
        parts.append(model.run(ids, mask)[: len(part)])
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def _clean(text: str) -> str:
    short = text[:MAX_TEXT]
    return short if short.isascii() else short.encode("utf-8", "replace").decode()


def _tokenizer(source: Source, length: int) -> Any:
    import tokenizers

    try:
        found: Any = tokenizers.Tokenizer.from_file(str(source.folder / "tokenizer.json"))
        found.no_padding()
        found.enable_truncation(length)
    except Exception as error:  # the library raises no narrower class; the file is the user's, so it becomes a clear error
        raise source.wrong("its tokenizer.json cannot be read") from error
    return found


def _load(source: Source) -> Model:
    import onnxruntime

    state = onnxruntime.capi.onnxruntime_pybind11_state
    errors: tuple[type[Exception], ...] = (RuntimeError, ValueError, *(v for v in vars(state).values() if isinstance(v, type) and issubclass(v, Exception)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    try:
        session: Any = onnxruntime.InferenceSession(str(source.model), options, providers=["CPUExecutionProvider"])
    except errors as error:
        raise source.wrong(f"model.onnx cannot be read as a model ({type(error).__name__})") from error
    inputs = session.get_inputs()
    names = [i.name for i in inputs]
    if "input_ids" not in names or set(names) - set(_INPUTS) or any(i.type not in _WHOLE for i in inputs):
        raise source.wrong(f"the model's inputs are {_listed(names)}; expected are input_ids, attention_mask and token_type_ids, whole numbers")
    floats = [o.name for o in session.get_outputs() if o.type in _FLOATS]
    output = next((o for o in _OUTPUTS if o in floats), next(iter(floats), None))
    if output is None:
        raise source.wrong(f"the model has no output of floating-point numbers (it has {_listed([o.name for o in session.get_outputs()])})")
    shape = inputs[names.index("input_ids")].shape
    fixed = [d if isinstance(d, int) and d > 0 else 0 for d in shape] if len(shape) == 2 else [0, 0]
    if fixed[0] > BATCH or fixed[1] > 4 * TOKENS:
        raise source.wrong(f"the model is fixed to {fixed[0]} texts of {fixed[1]} tokens; at most {BATCH} of {4 * TOKENS} are read")
    return Model(source, session, tuple((i.name, _WHOLE[i.type]) for i in inputs), output, fixed[0] or BATCH, fixed[1], errors)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(n[:40] for n in names[:6]) or "none"
