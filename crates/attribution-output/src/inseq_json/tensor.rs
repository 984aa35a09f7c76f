use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::place::Place;
use super::save::ScoresPrecision;
use crate::{Error, Result};

/// Name of the one tensor in each file.
const TENSOR: &str = "attribution";

/// A shape and as many values.
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// Reads a tensor in any of Inseq's encodings.
pub(super) fn read_tensor(place: &Place<'_>) -> Result<Tensor> {
    match place.value {
        Value::String(text) => read_safetensors(place, text),
        Value::Object(_) => read_ndarray(place),
        Value::Array(_) => read_lists(place),
        _ => Err(place.not("a tensor")),
    }
}

/// Writes a tensor as Inseq does.
pub(super) fn write_tensor(shape: &[usize], values: &[f32], precision: ScoresPrecision) -> String {
    let each = values.iter().copied();
    let (dtype, bytes): (_, Vec<u8>) = match precision {
        ScoresPrecision::Float32 => (Dtype::F32, each.flat_map(f32::to_le_bytes).collect()),
        ScoresPrecision::Float16 => {
            let halves = each.map(f16::from_f32);
            (Dtype::F16, halves.flat_map(f16::to_le_bytes).collect())
        }
        ScoresPrecision::Float8 => (Dtype::F8_E4M3, each.map(f8_e4m3_from_f32).collect()),
    };
    let file = TensorView::new(dtype, shape.to_vec(), &bytes)
        .and_then(|view| safetensors::serialize([(TENSOR, view)], None))
        .expect("scores hold as many values as their shape says");
    BASE64.encode(file)
}

fn read_safetensors(place: &Place<'_>, text: &str) -> Result<Tensor> {
    let bytes = read_base64(place, text)?;
    // Sizes are checked against the bytes before anything is made of them.
    let view = SafeTensors::deserialize(&bytes).map_err(|cause| tensor_error(place, cause))?;
    let tensor = view
        .tensor(TENSOR)
        .map_err(|cause| tensor_error(place, cause))?;
    let number = match tensor.dtype() {
        Dtype::F32 => Number::F32,
        Dtype::F64 => Number::F64,
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::Bf16,
        Dtype::F8_E4M3 => Number::F8E4m3,
        Dtype::I64 => Number::I64,
        Dtype::I32 => Number::I32,
        other => return Err(place.unexpected("a tensor of numbers", &format!("{other:?}"))),
    };
    Ok(Tensor {
        shape: tensor.shape().to_vec(),
        values: number.values_from_bytes(tensor.data()),
    })
}

/// Numpy arrays, as Inseq's releases before 0.6 wrote them, and as it still writes
/// those of single steps.
fn read_ndarray(place: &Place<'_>) -> Result<Tensor> {
    let shape_field = place.field("shape")?;
    let shape = shape_field
        .items()?
        .map(|length| length.count())
        .collect::<Result<Vec<_>>>()?;
    let count = shape
        .iter()
        .try_fold(1usize, |count, &length| count.checked_mul(length));
    let content = place.field("__ndarray__")?;
    let values = match content.value {
        Value::String(text) => read_array_bytes(place, &content, text, count.unwrap_or(0))?,
        _ => {
            let mut values = Vec::new();
            flatten(&content, &mut values)?;
            values
        }
    };
    if count != Some(values.len()) {
        let found = format!("{} values", values.len());
        return Err(place.unexpected(&format!("values for shape {shape:?}"), &found));
    }
    Ok(Tensor { shape, values })
}

fn read_array_bytes(
    place: &Place<'_>,
    content: &Place<'_>,
    text: &str,
    count: usize,
) -> Result<Vec<f32>> {
    let type_field = place.field("dtype")?;
    let number = match type_field.text()? {
        "float32" => Number::F32,
        "float64" => Number::F64,
        "float16" => Number::F16,
        "int64" => Number::I64,
        "int32" => Number::I32,
        other => return Err(type_field.unexpected("a type of numbers", other)),
    };
    let bytes = if let Some(text) = text.strip_prefix("b64.gz:") {
        // No more is unpacked than the shape asks for; what is missing or left over is
        // found when values are counted.
        let limit = (count as u64).saturating_mul(WIDEST_NUMBER).min(LONGEST);
        unzip(&read_base64(content, text)?, limit)?
    } else if let Some(text) = text.strip_prefix("b64:") {
        read_base64(content, text)?
    } else {
        return Err(content.unexpected("a text that begins with \"b64\"", "another text"));
    };
    Ok(number.values_from_bytes(&bytes))
}

/// Nested lists, as Inseq writes arrays with `use_primitives`.
fn read_lists(place: &Place<'_>) -> Result<Tensor> {
    let mut shape = Vec::new();
    let mut first = Some(place.value);
    while let Some(Value::Array(items)) = first {
        shape.push(items.len());
        first = items.first();
    }
    let mut values = Vec::new();
    flatten(place, &mut values)?;
    if shape.iter().product::<usize>() != values.len() {
        let found = format!("{} values", values.len());
        return Err(place.unexpected(&format!("lists of shape {shape:?}"), &found));
    }
    Ok(Tensor { shape, values })
}

/// The numbers of nested lists, in order. JSON's own depth limit bounds the nesting.
fn flatten(place: &Place<'_>, values: &mut Vec<f32>) -> Result<()> {
    match place.value {
        // A NaN literal; see `read.rs`.
        Value::Null => values.push(f32::NAN),
        Value::Number(number) => values.push(number.as_f64().unwrap_or(f64::NAN) as f32),
        Value::Array(_) => {
            for item in place.items()? {
                flatten(&item, values)?;
            }
        }
        _ => return Err(place.not("a number")),
    }
    Ok(())
}

/// A length that no honest file reaches, in bytes.
pub(super) const LONGEST: u64 = 1 << 30;
/// Bytes of the longest number that is read.
const WIDEST_NUMBER: u64 = 8;

/// Unpacks gzip, up to a length.
pub(super) fn unzip(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let length = GzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut unpacked)
        .map_err(|cause| Error::Gzip { cause })?;
    if length as u64 > limit {
        return Err(Error::TooLong { limit });
    }
    Ok(unpacked)
}

fn read_base64(place: &Place<'_>, text: &str) -> Result<Vec<u8>> {
    BASE64.decode(text).map_err(|cause| Error::Base64 {
        place: place.to_string(),
        cause,
    })
}

fn tensor_error(place: &Place<'_>, cause: safetensors::SafeTensorError) -> Error {
    Error::Tensor {
        place: place.to_string(),
        cause,
    }
}

/// How a number is stored.
#[derive(Clone, Copy)]
enum Number {
    F32,
    F64,
    F16,
    Bf16,
    F8E4m3,
    I64,
    I32,
}

impl Number {
    /// Bytes left over at the end are passed over.
    fn values_from_bytes(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => each(bytes, f32::from_le_bytes),
            Self::F64 => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::F16 => each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Self::Bf16 => each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Self::F8E4m3 => each(bytes, |[byte]| f32_from_f8_e4m3(byte)),
            Self::I64 => each(bytes, |bytes| i64::from_le_bytes(bytes) as f32),
            Self::I32 => each(bytes, |bytes| i32::from_le_bytes(bytes) as f32),
        }
    }
}

fn each<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<N>();
    numbers.iter().map(|&number| convert(number)).collect()
}

/// One sign bit, four of exponent (bias 7), three of mantissa; no infinities, and
/// NaN only where all other bits are set.
fn f32_from_f8_e4m3(byte: u8) -> f32 {
    let sign = if byte & 0x80 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((byte >> 3) & 0x0F);
    let mantissa = f32::from(byte & 0x07);
    match (exponent, byte & 0x07) {
        (15, 7) => f32::NAN,
        (0, _) => sign * mantissa / 8.0 * 2f32.powi(-6),
        _ => sign * (1.0 + mantissa / 8.0) * 2f32.powi(exponent - 7),
    }
}

/// The nearest number of that form, ties to the even one; NaN beyond the largest.
fn f8_e4m3_from_f32(value: f32) -> u8 {
    const NAN: u8 = 0x7F;
    const SMALLEST_NORMAL_EXPONENT: i32 = -6;
    let sign = if value.is_sign_negative() { 0x80 } else { 0 };
    let magnitude = value.abs();
    // 480 would be the next one after the largest.
    if magnitude.is_nan() || magnitude >= 480.0 {
        return sign | NAN;
    }
    let own_exponent = i32::from((magnitude.to_bits() >> 23) as u8) - 127;
    let exponent = own_exponent.max(SMALLEST_NORMAL_EXPONENT);
    // Eighths of the power of two: 8 to 16 for normal numbers, fewer below.
    let eighths = (magnitude / 2f32.powi(exponent - 3)).round_ties_even() as u8;
    let before_rounding = (exponent - SMALLEST_NORMAL_EXPONENT) as u8 * 8;
    sign | (before_rounding + eighths).min(NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Tensor> {
        read_tensor(&Place::root(value))
    }

    fn encode(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Value {
        let view = TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
        BASE64
            .encode(safetensors::serialize([(TENSOR, view)], None).unwrap())
            .into()
    }

    #[test]
    fn a_tensor_is_read_as_it_was_written() {
        let values = [1.5, f32::NAN, -0.0, f32::MIN_POSITIVE, 1e38, 7.0];
        let tensor =
            read(&write_tensor(&[3, 2], &values, ScoresPrecision::Float32).into()).unwrap();
        assert_eq!(tensor.shape, [3, 2]);
        let bits = |values: &[f32]| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(&tensor.values), bits(&values));
    }

    #[test]
    fn small_number_types_are_read() {
        let halves: Vec<u8> = [0.5, -2.0]
            .iter()
            .flat_map(|&value| f16::from_f32(value).to_le_bytes())
            .collect();
        let tensor = read(&encode(Dtype::F16, &[2], &halves)).unwrap();
        assert_eq!(tensor.values, [0.5, -2.0]);
        let integers = 12i64.to_le_bytes();
        assert_eq!(
            read(&encode(Dtype::I64, &[1], &integers)).unwrap().values,
            [12.0]
        );
        // 0x38 is 1, 0x7E the largest, 0x01 the smallest, as in the format's paper.
        let bytes = [0x38, 0xB8, 0x7E, 0x01, 0x00];
        let tensor = read(&encode(Dtype::F8_E4M3, &[5], &bytes)).unwrap();
        assert_eq!(tensor.values, [1.0, -1.0, 448.0, 0.001953125, 0.0]);
        assert!(f32_from_f8_e4m3(0x7F).is_nan());
    }

    #[test]
    fn every_number_of_eight_bits_is_written_as_itself() {
        for byte in 0..=u8::MAX {
            let value = f32_from_f8_e4m3(byte);
            let expected = if value.is_nan() { byte | 0x7F } else { byte };
            if !value.is_nan() {
                assert_eq!(f8_e4m3_from_f32(value), expected, "{value}");
            }
        }
        // As PyTorch rounds: to the nearest, between two of them to the even one.
        let cases = [
            (464.0, 0x7E),
            (464.1, 0x7F),
            (-1e9, 0xFF),
            (1.0625, 0x38),
            (1.1875, 0x3A),
            (0.0009765625, 0x00),
            (0.0009766, 0x01),
            (1.9999, 0x40),
            (0.0155, 0x08),
        ];
        for (value, expected) in cases {
            assert_eq!(f8_e4m3_from_f32(value), expected, "{value}");
        }
        assert_eq!(f8_e4m3_from_f32(f32::NAN) & 0x7F, 0x7F);
    }

    #[test]
    fn a_packed_array_is_unpacked_no_further_than_its_shape() {
        let zeros = vec![0; 1 << 20];
        let mut encoder = flate2::read::GzEncoder::new(&zeros[..], flate2::Compression::best());
        let mut zipped = Vec::new();
        encoder.read_to_end(&mut zipped).unwrap();
        let content = format!("b64.gz:{}", BASE64.encode(zipped));
        let array = json!({"__ndarray__": content, "dtype": "float32", "shape": [4]});
        assert!(matches!(read(&array), Err(Error::TooLong { limit: 32 })));
    }

    #[test]
    fn numpy_arrays_are_read_in_all_their_forms() {
        let bytes: Vec<u8> = [1.0f32, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let plain = format!("b64:{}", BASE64.encode(&bytes));
        let mut encoder = flate2::read::GzEncoder::new(&bytes[..], flate2::Compression::fast());
        let mut zipped = Vec::new();
        encoder.read_to_end(&mut zipped).unwrap();
        let zipped = format!("b64.gz:{}", BASE64.encode(zipped));
        for content in [json!(plain), json!(zipped), json!([[1.0], [2]])] {
            let array = json!({"__ndarray__": content, "dtype": "float32", "shape": [2, 1]});
            let tensor = read(&array).unwrap();
            assert_eq!((tensor.shape, tensor.values), (vec![2, 1], vec![1.0, 2.0]));
        }
    }

    #[test]
    fn a_header_that_lies_is_an_error() {
        for header in [
            r#"{"attribution":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}"#,
            r#"{"attribution":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
            r#"{"attribution":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            r#"{"other":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            r#"{"attribution":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}"#,
        ] {
            let mut file = (header.len() as u64).to_le_bytes().to_vec();
            file.extend(header.as_bytes());
            file.extend([0; 4]);
            assert!(read(&BASE64.encode(file).into()).is_err(), "{header}");
        }
        for header_length in [u64::MAX, 1 << 40, 3] {
            let file = header_length.to_le_bytes();
            assert!(read(&BASE64.encode(file).into()).is_err());
        }
    }

    #[test]
    fn an_array_that_does_not_fill_its_shape_is_an_error() {
        for shape in [json!([3]), json!([1, -1]), json!([u64::MAX, 2])] {
            let array = json!({"__ndarray__": [1, 2], "dtype": "float32", "shape": shape});
            assert!(read(&array).is_err());
        }
    }
}
