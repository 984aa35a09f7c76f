use std::ops::Range;

use super::safetensors::{N_LENGTH_BYTES, header_end, tensors_in};
use super::stored::{FloatFormat, NumberFormat};

/// Longest header that is looked through: those of models have some hundred kilobytes.
const MOST_HEADER_BYTES: u64 = 16 << 20;

/// Shorter parts are sooner read than jumped over.
const LEAST_PART_BYTES: u64 = 256 << 10;

/// What of a file with weights is known from its beginning alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// Nothing can be said before so many bytes of the file are there.
    After(u64),
    /// These parts; none of most files. Sorted, each within a file that is as its
    /// beginning says.
    Parts(Vec<ForeseenPart>),
}

/// A part of a file that need not be read to be known: a mask that GPT-2's checkpoints
/// keep with every layer, ones on and below the diagonal.
///
/// No more than a good guess: whoever leaves the part out must check the whole file's
/// hash with the guess in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeseenPart {
    /// Where it lies in the file, in bytes.
    pub range: Range<u64>,
    n_positions: u64,
    /// A one, as the mask writes it; a zero is as long.
    one: &'static [u8],
}

/// Says what of a file is known, with its first bytes at hand.
///
/// Only `.safetensors` files tell in time what they hold: nothing is known of others.
pub fn foreseen(file: &str, beginning: &[u8]) -> Foreseen {
    let nothing = Foreseen::Parts(Vec::new());
    if !file.ends_with(".safetensors") {
        return nothing;
    }
    let Some(end) = header_end(beginning) else {
        return Foreseen::After(N_LENGTH_BYTES);
    };
    if end > MOST_HEADER_BYTES {
        return nothing;
    }
    let Some(header) = beginning.get(N_LENGTH_BYTES as usize..end as usize) else {
        return Foreseen::After(end);
    };
    let Ok(tensors) = tensors_in(header, end) else {
        return nothing;
    };
    let parts = tensors.into_iter().filter_map(|(name, stored)| {
        let [1, 1, rows, columns] = stored.shape[..] else {
            return None;
        };
        let n_bytes = stored.range.end.checked_sub(stored.range.start)?;
        let is_mask = name.ends_with(".attn.bias") && rows == columns && rows > 0;
        (is_mask && n_bytes >= LEAST_PART_BYTES).then_some(())?;
        Some(ForeseenPart {
            n_positions: rows as u64,
            one: one_as(stored.format)?,
            range: stored.range,
        })
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|part| part.range.start);
    Foreseen::Parts(parts)
}

impl ForeseenPart {
    /// The bytes of a range of the file, as far as it lies within the part.
    pub fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let n_one = self.one.len() as u64;
        let start = range.start.clamp(self.range.start, self.range.end) - self.range.start;
        let end = range.end.clamp(self.range.start, self.range.end) - self.range.start;
        let zero = &[0; 4][..self.one.len()];
        // Whole numbers, of which those at both ends may stick out.
        let (first, last) = (start / n_one, end.div_ceil(n_one));
        let (mut row, mut column) = (first / self.n_positions, first % self.n_positions);
        let mut bytes = Vec::with_capacity((end.saturating_sub(start) + 2 * n_one) as usize);
        for _ in first..last {
            bytes.extend_from_slice(if column <= row { self.one } else { zero });
            column += 1;
            if column == self.n_positions {
                (row, column) = (row + 1, 0);
            }
        }
        bytes.truncate((end - first * n_one) as usize);
        bytes.drain(..(start - first * n_one) as usize);
        bytes
    }
}

fn one_as(format: NumberFormat) -> Option<&'static [u8]> {
    match format {
        NumberFormat::Float(FloatFormat::F32) => Some(&[0, 0, 0x80, 0x3f]),
        NumberFormat::Float(FloatFormat::F16) => Some(&[0, 0x3c]),
        NumberFormat::Float(FloatFormat::BF16) => Some(&[0x80, 0x3f]),
        NumberFormat::Other("U8" | "BOOL") => Some(&[1]),
        NumberFormat::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Foreseen, foreseen};

    const N: usize = 600;

    /// A file with a mask between two weights, and where the mask begins and ends.
    fn file(dtype: &str, one: &[u8]) -> (Vec<u8>, std::ops::Range<usize>) {
        let n_bytes = N * N * one.len();
        let header = format!(
            r#"{{"h.0.attn.bias":{{"dtype":"{dtype}","shape":[1,1,{N},{N}],"data_offsets":[8,{}]}},
            "a":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}},
            "h.0.attn.c_attn.bias":{{"dtype":"U8","shape":[3],"data_offsets":[{},{}]}}}}"#,
            8 + n_bytes,
            8 + n_bytes,
            11 + n_bytes,
        );
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([7; 8]);
        let start = bytes.len();
        let zero = vec![0; one.len()];
        for row in 0..N {
            (0..N).for_each(|column| {
                bytes.extend(if column <= row { one } else { &zero });
            });
        }
        let end = bytes.len();
        bytes.extend([7; 3]);
        (bytes, start..end)
    }

    #[test]
    fn masks_are_foreseen_byte_by_byte() {
        for (dtype, one) in [
            ("F32", 1_f32.to_le_bytes().to_vec()),
            ("F16", half::f16::ONE.to_le_bytes().to_vec()),
            ("BF16", half::bf16::ONE.to_le_bytes().to_vec()),
            ("U8", vec![1]),
            ("BOOL", vec![1]),
        ] {
            let (bytes, mask) = file(dtype, &one);
            let name = "model.safetensors";
            let Foreseen::Parts(parts) = foreseen(name, &bytes[..mask.start]) else {
                panic!("the header is there");
            };
            let [part] = &parts[..] else {
                panic!("{parts:?}");
            };
            assert_eq!(part.range, mask.start as u64..mask.end as u64, "{dtype}");
            let middle = part.range.start + 1001;
            assert_eq!(
                [
                    part.bytes(part.range.start..middle),
                    part.bytes(middle..part.range.end)
                ]
                .concat(),
                bytes[mask.clone()],
                "{dtype}"
            );
            // Not before the header is whole.
            assert_eq!(foreseen(name, &bytes[..5]), Foreseen::After(8));
            let Foreseen::After(wanted) = foreseen(name, &bytes[..50]) else {
                panic!("half a header says nothing");
            };
            assert_eq!(wanted as usize, mask.start - 8);
            let nothing = Foreseen::Parts(Vec::new());
            assert_eq!(foreseen("pytorch_model.bin", &bytes), nothing);
        }
    }

    #[test]
    fn nothing_is_foreseen_in_what_is_no_mask() {
        let of = |tensor: &str| {
            let header = format!(r#"{{"h.0.attn.bias":{tensor}}}"#);
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            foreseen("model.safetensors", &bytes)
        };
        for tensor in [
            // A bias.
            r#"{"dtype":"F32","shape":[90000],"data_offsets":[0,360000]}"#,
            // Not square, or too small to be worth it.
            r#"{"dtype":"F32","shape":[1,1,300,400],"data_offsets":[0,480000]}"#,
            r#"{"dtype":"F32","shape":[1,1,4,4],"data_offsets":[0,64]}"#,
            r#"{"dtype":"F64","shape":[1,1,300,300],"data_offsets":[0,720000]}"#,
            // Lies.
            r#"{"dtype":"F32","shape":[1,1,300,300],"data_offsets":[360000,0]}"#,
            r#"{"dtype":"F32","shape":[1,1,300,300],"data_offsets":[0,8]}"#,
            r#"{"dtype":"U8","shape":[1,1,4294967295,4294967295],"data_offsets":[0,18446744065119617025]}"#,
            "7",
        ] {
            let found = of(tensor);
            let is_harmless = match &found {
                Foreseen::Parts(parts) => parts.iter().all(|part| part.bytes(0..9).len() <= 9),
                Foreseen::After(_) => false,
            };
            assert!(is_harmless, "{tensor}: {found:?}");
        }
        let endless = u64::MAX.to_le_bytes();
        let nothing = Foreseen::Parts(Vec::new());
        assert_eq!(foreseen("model.safetensors", &endless), nothing);
    }
}
