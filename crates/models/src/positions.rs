use tensor::{BackAxis, Tensor};

use crate::sequence_model::KeysAndValues;
use crate::{Error, ModelSummary, Result};

/// All positions of a text, in order.
pub(crate) fn all_positions(n_tokens: usize) -> Vec<u32> {
    (0..n_tokens)
        .map(|position| u32::try_from(position).expect("no model has so many positions"))
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

/// The first positions of `[.., heads, positions, head]`.
pub(crate) fn first_positions(looked_up: &Tensor, n_positions: usize) -> Result<Tensor> {
    if n_positions == looked_up.shape().length(BackAxis(1)) {
        return Ok(looked_up.clone());
    }
    Ok(looked_up.narrow(BackAxis(1), 0, n_positions)?)
}

/// `past`, then `new`, along the positions of `[.., heads, positions, head]`. Several
/// texts may go on from one past: then `new` has leading axes that `past` lacks.
fn continued(past: &Tensor, new: &Tensor) -> Result<Tensor> {
    let mut shape = new.shape().leading(3).to_vec();
    let is_shared = past.shape().leading(3) != shape;
    if !is_shared {
        return Ok(past.concatenate(new, BackAxis(1))?);
    }
    shape.extend(past.shape().trailing(3));
    let repeated = past.broadcast(past.shape().rank(), &shape)?;
    Ok(repeated.concatenate(new, BackAxis(1))?)
}

impl KeysAndValues {
    /// These after what is remembered; both are remembered from now on.
    pub(crate) fn remembered(self, memory: &mut Option<KeysAndValues>) -> Result<Self> {
        let joined = match memory.take() {
            Some(past) => Self {
                keys: continued(&past.keys, &self.keys)?,
                values: continued(&past.values, &self.values)?,
            },
            None => self,
        };
        *memory = Some(joined.clone());
        Ok(joined)
    }
}

/// Refuses a layer that a stack does not have.
pub(crate) fn check_layer(number: usize, n_layers: usize) -> Result<()> {
    if number < n_layers {
        return Ok(());
    }
    Err(Error::LayerOutside { number, n_layers })
}

impl ModelSummary {
    /// Refuses texts longer than the model's positions, and empty ones.
    pub(crate) fn check_length(&self, n_tokens: usize) -> Result<()> {
        self.check_length_of("text", n_tokens)
    }

    /// The same, where there are several texts.
    pub(crate) fn check_length_of(&self, text: &'static str, n_tokens: usize) -> Result<()> {
        if n_tokens == 0 {
            return Err(Error::EmptyInput);
        }
        if n_tokens > self.n_positions {
            return Err(Error::TooLong {
                text,
                n_tokens,
                n_positions: self.n_positions,
                n_over: n_tokens - self.n_positions,
            });
        }
        Ok(())
    }
}
