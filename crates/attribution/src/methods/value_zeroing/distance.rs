use tensor::{BackAxis, Tensor};

use crate::Result;

/// How far apart two hidden states are.
#[derive(Clone, Copy)]
pub(super) enum Distance {
    /// One minus the cosine of the angle between them.
    Cosine,
    /// The length of their difference.
    Euclidean,
}

impl Distance {
    /// Between rows of `[rows, hidden]`, one number for each.
    pub(super) async fn between(self, whole: &Tensor, moved: &Tensor) -> Result<Vec<f32>> {
        match self {
            Self::Euclidean => {
                let difference = whole.subtract(moved)?;
                let squares = difference.multiply(&difference)?.sum(BackAxis(0))?;
                Ok(squares.square_root()?.read().await?)
            }
            Self::Cosine => {
                let difference = direction(whole)?.subtract(&direction(moved)?)?;
                // Half the squared distance of two directions is one minus their cosine,
                // without the loss of digits that `1 - cosine` has near 0.
                let squares = difference.multiply(&difference)?.sum(BackAxis(0))?;
                let mut distances = squares.scale(0.5)?.read().await?;
                for distance in &mut distances {
                    // What has no length has no direction; as in Inseq, its cosine is 0.
                    if distance.is_nan() {
                        *distance = 1.0;
                    }
                }
                Ok(distances)
            }
        }
    }
}

/// Rows divided by their length.
fn direction(rows: &Tensor) -> Result<Tensor> {
    let lengths = rows.multiply(rows)?.sum(BackAxis(0))?.square_root()?;
    Ok(rows.divide(&lengths)?)
}
