"""Writes what each fuzz target begins with: small files of every format, by hand.

    python3 tests/fuzz/make_seeds.py

Needs nothing but Python. The files are committed; this says how they came to be.
"""

import gzip
import io
import json
import pickle
import shutil
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

FUZZ = Path(__file__).parent
SEEDS = FUZZ / "seeds"
GOLDEN = FUZZ.parent / "golden"


def write(target, name, content):
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def safetensors(tensors):
    """`tensors`: name -> (dtype, shape, bytes)."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape, content) in tensors.items():
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += content
    header = json.dumps(header).encode()
    return struct.pack("<Q", len(header)) + header + data


# What torch.save writes, without torch: classes of the same names, pickled by name.
torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


class FloatStorage:
    pass


class HalfStorage:
    pass


class BFloat16Storage:
    pass


def _rebuild_tensor_v2(*arguments):
    raise NotImplementedError


for part in (FloatStorage, HalfStorage, BFloat16Storage):
    part.__module__, part.__qualname__ = "torch", part.__name__
    setattr(torch, part.__name__, part)
_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2


class Storage:
    def __init__(self, kind, key, content, size):
        self.kind, self.key, self.content = kind, key, content
        self.n_values = len(content) // size


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self):
        return (_rebuild_tensor_v2, self.arguments)


class Pickler(pickle._Pickler):
    is_legacy = False

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        found = ("storage", value.kind, value.key, "cpu", value.n_values)
        return (*found, None) if self.is_legacy else found


def pickled(value, is_legacy):
    buffer = io.BytesIO()
    pickler = Pickler(buffer, protocol=2)
    pickler.is_legacy = is_legacy
    pickler.dump(value)
    return buffer.getvalue()


def state_dict():
    storages = [
        Storage(FloatStorage, "0", struct.pack("<6f", *range(6)), 4),
        Storage(HalfStorage, "1", struct.pack("<4e", *range(4)), 2),
        Storage(BFloat16Storage, "2", bytes(8), 2),
    ]
    tensors = OrderedDict(
        {
            "a.weight": Tensor(storages[0], 0, (2, 3), (3, 1)),
            "a.transposed": Tensor(storages[0], 0, (3, 2), (1, 3)),
            "b.bias": Tensor(storages[1], 1, (3,), (1,)),
            "c": Tensor(storages[2], 0, (), ()),
        }
    )
    return tensors, storages


def zipped(with_version=True):
    tensors, storages = state_dict()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickled(tensors, False))
        for storage in storages:
            archive.writestr(f"archive/data/{storage.key}", storage.content)
        if with_version:
            archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def legacy():
    tensors, storages = state_dict()
    information = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    head = [0x1950A86A20F9469CFC6C, 1001, information]
    content = b"".join(pickle.dumps(value, protocol=2) for value in head)
    content += pickled(tensors, True)
    content += pickle.dumps([storage.key for storage in storages], protocol=2)
    for storage in storages:
        content += struct.pack("<q", storage.n_values) + storage.content
    return content


def varint(number):
    number &= (1 << 64) - 1
    content = b""
    while True:
        byte, number = number & 0x7F, number >> 7
        content += bytes([byte | (0x80 if number else 0)])
        if not number:
            return content


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def sentence_piece(kind):
    """A model of SentencePiece: kind 1 is unigram, 2 merges pairs."""
    pieces = [("<unk>", 2), ("<s>", 3), ("</s>", 3)]
    pieces += [(piece, 1) for piece in ("▁", "▁a", "a", "b", "ab", "▁ab", ",", "1", "ñ")]
    content = b""
    for number, (piece, role) in enumerate(pieces):
        content += field(
            1,
            field(1, piece.encode()) + varint(2 << 3 | 5) + struct.pack("<f", -number)
            + varint(3 << 3) + varint(role),
        )
    content += field(2, varint(3 << 3) + varint(kind))
    content += field(3, field(1, b"nmt_nfkc") + varint(3 << 3) + varint(1))
    return content


def main():
    shutil.rmtree(SEEDS, ignore_errors=True)
    numbers = struct.pack("<2f", 1.5, -2.0)
    mask = {"h.0.attn.bias": ("U8", [1, 1, 4, 4], bytes(16))}
    write("safetensors", "f32", safetensors({"w": ("F32", [2], numbers)}))
    write("safetensors", "f16", safetensors({"w": ("F16", [2, 2], bytes(8)), **mask}))
    write("safetensors", "bf16", safetensors({"w": ("BF16", [], bytes(2))}))
    write("safetensors", "empty", safetensors({}))
    write("pytorch", "zip", zipped())
    write("pytorch", "zip-without-version", zipped(with_version=False))
    write("pytorch", "legacy", legacy())
    for name, kind in (("unigram", 1), ("pairs", 2)):
        write("sentence_piece", name, sentence_piece(kind))
    vocabulary = {letter: number for number, letter in enumerate("ab,12Ġñ")}
    tokenizer = json.loads((GOLDEN / "models/gpt2/tokenizer.json").read_text())
    tokenizer["model"]["vocab"] = {**vocabulary, "ab": 7, "Ġa": 8}
    tokenizer["model"]["merges"] = ["a b", "Ġ a"]
    write("tokenizer_json", "merges-as-texts", json.dumps(tokenizer))
    tokenizer["model"]["merges"] = [["a", "b"], ["Ġ", "a"]]
    write("tokenizer_json", "merges-as-pairs", json.dumps(tokenizer))
    for family in ("gpt2", "marian"):
        write("config", family, (GOLDEN / f"models/{family}/config.json").read_bytes())
    index = {"metadata": {"total_size": 8}, "weight_map": {"w": "model-00001-of-00001.safetensors"}}
    write("config", "index", json.dumps(index))
    for name in ("primitives.json", "float16.json", "split_0.json.gz", "plain.json"):
        write("inseq_json", name, (GOLDEN / "files" / name).read_bytes())
    small = gzip.decompress((GOLDEN / "files/split_0.json.gz").read_bytes())
    write("inseq_json", "split_0.json", small)


main()
