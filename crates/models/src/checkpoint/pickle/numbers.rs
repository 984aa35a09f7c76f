use super::super::cursor::Cursor;
use super::objects::Value;
use super::opcodes;
use super::problem::Problem;

/// The value that a number's operation makes.
pub(super) fn number(operation: u8, cursor: &mut Cursor<'_>) -> Result<Value, Problem> {
    let number = match operation {
        opcodes::BININT => cursor.i32().map(i64::from),
        opcodes::BININT1 => cursor.u8().map(i64::from),
        opcodes::BININT2 => cursor.u16().map(i64::from),
        opcodes::BINFLOAT => return cursor.take(8).map(|_| Value::Float).ok_or(Problem::Ended),
        _ => {
            let length = cursor.u8().ok_or(Problem::Ended)?;
            let bytes = cursor.take(length.into()).ok_or(Problem::Ended)?;
            Some(long(bytes).ok_or_else(|| Problem::broken("it has a number of over 64 bits"))?)
        }
    };
    number.map(Value::Int).ok_or(Problem::Ended)
}

/// A number in as few bytes as it needs, the lowest first, the highest with the sign.
fn long(bytes: &[u8]) -> Option<i64> {
    let is_negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
    let mut number = [if is_negative { 0xFF } else { 0 }; 8];
    number.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(number))
}

/// Under which number something is remembered.
pub(super) fn memo_number(operation: u8, cursor: &mut Cursor<'_>) -> Result<u32, Problem> {
    let number = match operation {
        opcodes::BINPUT | opcodes::BINGET => cursor.u8().map(u32::from),
        _ => cursor.u32(),
    };
    number.ok_or(Problem::Ended)
}

#[cfg(test)]
mod tests {
    use super::long;

    #[test]
    fn long_numbers_have_their_sign_in_the_last_byte() {
        for (bytes, number) in [
            (&[][..], 0),
            (&[0xFF], -1),
            (&[0xFF, 0], 255),
            (&[0, 0, 0, 0x80, 0], 1 << 31),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], i64::MAX),
        ] {
            assert_eq!(long(bytes), Some(number), "{bytes:?}");
        }
        assert_eq!(long(&[0; 9]), None);
    }
}
