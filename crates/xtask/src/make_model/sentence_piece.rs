//! Just enough of SentencePiece's `ModelProto` for its readers: pieces, and defaults.
//! <https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto>

/// A piece of text with its log-probability.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) score: f32,
    pub(super) kind: PieceKind,
}

/// As the format numbers them.
#[derive(Clone, Copy)]
pub(super) enum PieceKind {
    Ordinary = 1,
    Unknown = 2,
    Control = 3,
}

/// A unigram model with these pieces.
pub(super) fn sentence_piece_model(pieces: &[Piece]) -> Vec<u8> {
    const PIECES: u8 = 1;
    const TRAINER: u8 = 2;
    const NORMALIZER: u8 = 3;
    let mut model = Vec::new();
    for piece in pieces {
        let mut message = Vec::new();
        put_bytes(&mut message, 1, piece.text.as_bytes());
        message.push(2 << 3 | FOUR_BYTES);
        message.extend(piece.score.to_le_bytes());
        message.extend([3 << 3 | VARINT, piece.kind as u8]);
        put_bytes(&mut model, PIECES, &message);
    }
    let model_type_is_unigram = [3 << 3 | VARINT, 1];
    put_bytes(&mut model, TRAINER, &model_type_is_unigram);
    let mut normalizer = Vec::new();
    put_bytes(&mut normalizer, 1, b"identity");
    put_bytes(&mut model, NORMALIZER, &normalizer);
    model
}

// How protobuf tags a field: by its number and one of these.
const VARINT: u8 = 0;
const LENGTH_AND_BYTES: u8 = 2;
const FOUR_BYTES: u8 = 5;

fn put_bytes(message: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    let length = u8::try_from(bytes.len())
        .ok()
        .filter(|length| *length < 128);
    message.push(field << 3 | LENGTH_AND_BYTES);
    message.push(length.expect("these messages fit a length of one byte"));
    message.extend(bytes);
}
