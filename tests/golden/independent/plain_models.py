"""GPT-2 and Marian in plain numpy, for values that Inseq cannot give.

One sequence, no cache, no batch: written to be read, and to share no code with the
crates. Weights are the tiny models of the golden cases.
"""

import json
import struct
from pathlib import Path

import numpy as np

MODELS = Path(__file__).parent.parent / "models"


def weights(name, dtype):
    """Tensors of a model.safetensors, by name."""
    raw = (MODELS / name / "model.safetensors").read_bytes()
    n_header = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + n_header])
    header.pop("__metadata__", None)
    tensors = {}
    for tensor, entry in header.items():
        assert entry["dtype"] == "F32", tensor
        start, end = (8 + n_header + offset for offset in entry["data_offsets"])
        values = np.frombuffer(raw[start:end], np.float32)
        tensors[tensor] = values.reshape(entry["shape"]).astype(dtype)
    return tensors


def softmax(scores):
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    return scores / scores.sum(-1, keepdims=True)


def layer_norm(x, weight, bias, epsilon=1e-5):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * weight + bias


def attention(queries, keys, values, n_heads, is_causal, zeroed):
    """Rows of `queries` look at rows of `keys`. `zeroed` is None, or (token, heads):
    the values of that token are zero in those heads. Returns outputs and weights."""
    width = queries.shape[-1] // n_heads
    outputs, all_weights = [], []
    for head in range(n_heads):
        part = slice(head * width, (head + 1) * width)
        scores = queries[:, part] @ keys[:, part].T / np.sqrt(width).astype(queries.dtype)
        if is_causal:
            for row in range(len(queries)):
                scores[row, row + 1 :] = -np.inf
        weights_of_head = softmax(scores)
        values_of_head = values[:, part].copy()
        if zeroed is not None and head in zeroed[1]:
            values_of_head[zeroed[0]] = 0
        outputs.append(weights_of_head @ values_of_head)
        all_weights.append(weights_of_head)
    return np.concatenate(outputs, -1), np.stack(all_weights)


class Gpt2:
    """The tiny GPT-2."""

    def __init__(self, dtype=np.float64):
        self.config = json.loads((MODELS / "gpt2/config.json").read_text())
        self.w = {
            name.removeprefix("transformer."): tensor
            for name, tensor in weights("gpt2", dtype).items()
        }
        self.n_heads = self.config["n_head"]
        self.n_layers = self.config["n_layer"]

    def embed(self, ids):
        return self.w["wte.weight"][ids]

    def linear(self, x, name):
        return x @ self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def norm(self, x, name):
        epsilon = self.config["layer_norm_epsilon"]
        return layer_norm(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"], epsilon)

    def block(self, x, layer, zeroed=None):
        """Returns hidden states and attention weights."""
        name = f"h.{layer}"
        joined = self.linear(self.norm(x, f"{name}.ln_1"), f"{name}.attn.c_attn")
        queries, keys, values = np.split(joined, 3, -1)
        attended, looked = attention(queries, keys, values, self.n_heads, True, zeroed)
        x = x + self.linear(attended, f"{name}.attn.c_proj")
        inner = self.linear(self.norm(x, f"{name}.ln_2"), f"{name}.mlp.c_fc")
        inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        return x + self.linear(inner, f"{name}.mlp.c_proj"), looked

    def states(self, embeddings):
        """Embeddings with positions, then each block's output; the last normalized."""
        states = [embeddings + self.w["wpe.weight"][: len(embeddings)]]
        for layer in range(self.n_layers):
            states.append(self.block(states[-1], layer)[0])
        states[-1] = self.norm(states[-1], "ln_f")
        return states

    def logits(self, embeddings):
        """After each token, `[tokens, vocabulary]`."""
        return self.states(embeddings)[-1] @ self.w["wte.weight"].T


class Marian:
    """The tiny Marian."""

    def __init__(self, dtype=np.float64, decoder_scale=1.0):
        self.config = json.loads((MODELS / "marian/config.json").read_text())
        self.w = weights("marian", dtype)
        self.scale = np.sqrt(self.config["d_model"]).astype(dtype)
        self.dtype = dtype
        self.n_heads = self.config["encoder_attention_heads"]
        self.n_layers = self.config["decoder_layers"]
        # What the decoder multiplies embeddings by that are scaled already. Inseq's
        # runs with current transformers: the scale once more.
        self.decoder_scale = decoder_scale

    def embed(self, ids):
        name = next(n for n in ("model.shared.weight", "model.encoder.embed_tokens.weight") if n in self.w)
        return self.w[name][ids] * self.scale

    def positions(self, n):
        width = self.config["d_model"]
        pairs = np.arange(width // 2)
        angles = np.arange(n)[:, None] / 10000 ** (2 * pairs / width)
        return np.concatenate([np.sin(angles), np.cos(angles)], -1).astype(self.dtype)

    def linear(self, x, name):
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def norm(self, x, name):
        return layer_norm(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def attend(self, x, looked_at, name, is_causal, zeroed):
        queries = self.linear(x, f"{name}.q_proj")
        keys = self.linear(looked_at, f"{name}.k_proj")
        values = self.linear(looked_at, f"{name}.v_proj")
        attended, looked = attention(queries, keys, values, self.n_heads, is_causal, zeroed)
        return self.norm(x + self.linear(attended, f"{name}.out_proj"), f"{name}_layer_norm"), looked

    def feed_forward(self, x, name):
        inner = self.linear(x, f"{name}.fc1")
        inner = inner / (1 + np.exp(-inner))
        return self.norm(x + self.linear(inner, f"{name}.fc2"), f"{name}.final_layer_norm")

    def encoder_layer(self, x, layer, zeroed=None):
        name = f"model.encoder.layers.{layer}"
        x, looked = self.attend(x, x, f"{name}.self_attn", False, zeroed)
        return self.feed_forward(x, name), looked

    def decoder_layer(self, x, encoded, layer, zeroed=None, cross_zeroed=None):
        name = f"model.decoder.layers.{layer}"
        x, own = self.attend(x, x, f"{name}.self_attn", True, zeroed)
        x, cross = self.attend(x, encoded, f"{name}.encoder_attn", False, cross_zeroed)
        return self.feed_forward(x, name), own, cross

    def states(self, source, prefix):
        """Of the encoder and of the decoder: embeddings with positions, then each
        layer's output."""
        encoder = [source + self.positions(len(source))]
        for layer in range(self.config["encoder_layers"]):
            encoder.append(self.encoder_layer(encoder[-1], layer)[0])
        decoder = [prefix * self.decoder_scale + self.positions(len(prefix))]
        for layer in range(self.n_layers):
            decoder.append(self.decoder_layer(decoder[-1], encoder[-1], layer)[0])
        return encoder, decoder

    def logits(self, source, prefix):
        """After each prefix token, `[prefix, vocabulary]`."""
        name = next(n for n in ("model.shared.weight", "model.encoder.embed_tokens.weight") if n in self.w)
        last = self.states(source, prefix)[1][-1]
        return last @ self.w[name].T + self.w.get("final_logits_bias", 0)
