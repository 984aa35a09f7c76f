use tensor::{BackAxis, Tensor};

use crate::sequence_model::KeysAndValues;
use crate::{Error, ModelSummary, Result};

/// The positions of new tokens after `n_past` known ones.
pub(crate) fn position_ids(n_past: usize, n_tokens: usize) -> Vec<u32> {
    (n_past..n_past + n_tokens)
        .map(|position| u32::try_from(position).expect("the length was checked"))
        .collect()
}

/// Refuses positions outside the text, and no positions at all.
pub(crate) fn check_positions(positions: &[u32], n_tokens: usize) -> Result<()> {
    let outside = positions
        .iter()
        .find(|position| **position as usize >= n_tokens);
    match outside {
        Some(position) => Err(Error::PositionOutside {
            position: *position as usize,
            n_tokens,
        }),
        None if positions.is_empty() => Err(Error::NoPositions),
        None => Ok(()),
    }
}

/// The rows of `[.., tokens, hidden]` at these positions; all of them for `None`.
pub(crate) fn pick_positions(hidden: &Tensor, rows: Option<&[u32]>) -> Result<Tensor> {
    let n_tokens = hidden.shape().length(BackAxis(1));
    match rows {
        Some(rows) if !rows.iter().copied().eq(0..n_tokens as u32) => Ok(hidden.pick_rows(rows)?),
        _ => Ok(hidden.clone()),
    }
}

impl KeysAndValues {
    /// These after what is remembered; both are remembered from now on.
    pub(crate) fn remembered(self, memory: &mut Option<KeysAndValues>) -> Result<Self> {
        let joined = match memory.take() {
            Some(past) => Self {
                keys: past.keys.concatenate(&self.keys, BackAxis(1))?,
                values: past.values.concatenate(&self.values, BackAxis(1))?,
            },
            None => self,
        };
        *memory = Some(joined.clone());
        Ok(joined)
    }
}

impl ModelSummary {
    /// Refuses texts longer than the model's positions, and empty ones.
    pub(crate) fn check_length(&self, n_tokens: usize) -> Result<()> {
        if n_tokens == 0 {
            return Err(Error::EmptyInput);
        }
        if n_tokens > self.n_positions {
            return Err(Error::TooLong {
                n_tokens,
                n_positions: self.n_positions,
                n_over: n_tokens - self.n_positions,
            });
        }
        Ok(())
    }
}
