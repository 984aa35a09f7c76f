"""SentencePiece models whose pieces are words and, where a rule of the world shows in an ending, stems and endings.

The ordinary unigram trainer needs far more text than three toy worlds offer: on these it cuts "is" in two and keeps
"fotoğrafçı" whole. We let it train all the same, for its normalizer and file format, and then set the list of pieces
and their scores ourselves, so that "arrivée" is read as "arrivé" + "e": the agreement is a token of its own.
"""

import math
import re
from collections import Counter
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as proto

ENDINGS = {
    "tr": ["ıyor", "iyor", "uyor", "üyor", "yor", "cı", "ci", "çı", "çi", "m"],
    "en": ["ing"],
    "fr": ["trice", "teur", "euse", "eur", "ière", "ier", "ienne", "ien", "ère", "er", "e", "es", "s"],
}
# Without these an ending would be taken from words that have none.
STEMS = {
    "tr": "çalış uyu oku yaz bekl koş gül ağl yüz dinlen konuş söyl kütüphane gazete fotoğraf ecza çift dans sanat fırın şarkı yazılım "
          "tesisat tasarım tamir Anne Baba anne baba Teyze Amca teyze amca Dede dede Büyükanne büyükanne kardeşi kardeş",
    "en": "work sleep read writ wait runn laugh cry swimm rest talk sing",
    "fr": "coiff dans traduc chant serv dessina conduc programm infirm charpent cuisin ferm plomb pharmac mécanic boulang docteur avocat "
          "gérant écrivain ingénieur professeur arrivé parti revenu sorti entré tombé resté rentré fatigué grand petit fort occupé prêt absent vert lourd "
          "gris noir seul elle il",
}


def cut(word: str, language: str) -> list:
    stems = set(STEMS[language].split())
    if language == "tr":
        stems |= {s[0].upper() + s[1:] for s in stems}
    if language == "fr":
        stems |= {"Elle", "Il"}
    for stem in sorted(stems, key=len, reverse=True):
        rest = word.removeprefix(stem)
        if rest == word:
            continue
        if rest in ENDINGS[language]:
            return [stem, rest]
    return [word]


def pieces_in(text: str, language: str) -> list:
    out = []
    for chunk in text.split():
        for i, word in enumerate(re.findall(r"\w+|[^\w\s]", chunk)):
            parts = cut(word, language)
            out += ["▁" + parts[0] if i == 0 else parts[0], *parts[1:]]
    return out


def train_pieces(texts: list, alphabet: str, language: str, path: Path, scratch: Path) -> list:
    """Write the model to `path`; give back its pieces, without the control ones."""
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts + [alphabet] * 2), model_prefix=str(scratch / path.stem), model_type="unigram", vocab_size=400,
        character_coverage=1.0, hard_vocab_limit=False, byte_fallback=False, num_threads=1, minloglevel=2)
    model = proto.ModelProto()
    model.ParseFromString((scratch / f"{path.stem}.model").read_bytes())
    special = [p for p in model.pieces if p.type != proto.ModelProto.SentencePiece.NORMAL]
    special = [(p.piece, p.score, p.type) for p in special]
    counts = Counter(p for text in texts for p in pieces_in(text, language))
    total = sum(counts.values())
    scores = {piece: math.log(n / total) for piece, n in counts.most_common()}
    letters = sorted(set(alphabet.replace(" ", "")) | {c for text in texts for c in text if c != " "} | set(map(chr, range(33, 127))))
    for piece in ["▁", *letters]:
        scores.setdefault(piece, -20.0)
    del model.pieces[:]
    for piece, score, kind in special:
        model.pieces.add(piece=piece, score=score, type=kind)
    for piece, score in scores.items():
        model.pieces.add(piece=piece, score=score, type=proto.ModelProto.SentencePiece.NORMAL)
    model.trainer_spec.vocab_size = len(model.pieces)
    for field in ("input", "model_prefix"):
        model.trainer_spec.ClearField(field)
    path.write_bytes(model.SerializeToString(deterministic=True))
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    wrong = {t for t in set(texts) if processor.encode(t, out_type=str) != pieces_in(t, language)}
    assert len(wrong) <= len(set(texts)) // 1000, [(t, processor.encode(t, out_type=str)) for t in list(wrong)[:5]]
    return list(scores)
