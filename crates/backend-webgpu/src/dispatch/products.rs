use std::rc::Rc;

use tensor::{BackAxis, Result, Shape, Transposed};

use super::{Input, word};
use crate::WebGpu;
use crate::expression::{Expression, strides};
use crate::kernels::{Kernel, Tiles};
use crate::stored::{Part, Ready, State, Stored};

/// A product as its kernels see it: how many, how large, and where they lie.
struct Product {
    m: usize,
    n: usize,
    k: usize,
    transposed: Transposed,
    batch: Batch,
    /// From a row of an operand to the next.
    left_stride: usize,
    right_stride: usize,
}

/// Leading axes, and how far apart the matrices of each operand are.
struct Batch {
    n: usize,
    lengths: Vec<usize>,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// Leading axes that the kernels have room for.
const MOST_BATCH_AXES: usize = 4;

/// Rows up to which reading the right matrix is what a product costs.
const FEW_ROWS: usize = 8;

/// Workgroups below which smaller tiles, or a sum in pieces, keep more of a device busy.
const ENOUGH_GROUPS: usize = 256;

/// Indices of a sum that are not cut.
const SHORTEST_PIECE: usize = 96;

/// Pieces of a sum.
const MOST_PIECES: usize = 8;

impl WebGpu {
    pub(crate) fn product(
        &self,
        transposed: Transposed,
        inputs: &[Input<'_>],
        output: &Shape,
    ) -> Result<Stored> {
        let (left, right) = (&inputs[0], &inputs[1]);
        let made = self.made("matmul", output.n_values())?;
        let (n, m) = (output.length(BackAxis(0)), output.length(BackAxis(1)));
        let k = left.shape.length(match transposed {
            Transposed::Left => BackAxis(1),
            _ => BackAxis(0),
        });
        let n_rights: usize = right.shape.leading(2).iter().product();
        let is_one_matrix = n_rights == 1 && transposed != Transposed::Left;
        let (own_left, left_strides) = match is_one_matrix {
            true => self.contiguous(left)?,
            false => self.matrices(left)?,
        };
        let (own_right, right_strides) = match is_one_matrix {
            true => (self.ready(&right.stored)?, strides(right.shape.lengths())),
            false => self.matrices(right)?,
        };
        let product = Product {
            // One matrix for all leading axes: they are just more rows.
            m: if is_one_matrix && n > 0 {
                output.n_values() / n
            } else {
                m
            },
            n,
            k,
            transposed,
            batch: if is_one_matrix {
                Batch::single()
            } else {
                Batch::new(&left_strides, &right_strides, output)
            },
            left_stride: if is_one_matrix {
                k
            } else {
                row_stride(&left_strides)
            },
            right_stride: row_stride(&right_strides),
        };
        if product.batch.lengths.len() > MOST_BATCH_AXES {
            return self.product_of_copies(transposed, inputs, output);
        }
        if let [part] = own_right.parts.as_slice() {
            let pieces = self.pieces(&product);
            if pieces > 1 {
                let n_values = output.n_values();
                let apart = self.made("matmul", pieces * n_values)?;
                self.multiply(&product, &own_left, (&own_right, part), (&apart, pieces));
                self.add_up(&apart, pieces, n_values, &made);
                return Ok(Stored::ready(made));
            }
        }
        for part in &own_right.parts {
            self.multiply(&product, &own_left, (&own_right, part), (&made, 1));
        }
        Ok(Stored::ready(made))
    }

    /// Into how many pieces the sum is cut, to keep more of a device busy.
    fn pieces(&self, product: &Product) -> usize {
        let tiles = tiles(product, product.n, self.gpu.most_groups as usize);
        let n_groups = product.n_groups(tiles, product.n);
        if tiles == Tiles::FewRows || n_groups == 0 {
            return 1;
        }
        // More would not fit into one grid, or into one binding.
        let most_in_grid = self.gpu.most_groups as usize / product.batch.n.max(1);
        let n_bytes = product.batch.n * product.m * product.n * size_of::<f32>();
        let most_in_binding = self.gpu.largest_binding as usize / n_bytes.max(1);
        let wanted = ENOUGH_GROUPS.div_ceil(n_groups);
        let most = product.most_pieces().min(most_in_grid).min(most_in_binding);
        wanted.min(most).max(1)
    }

    /// An operand whose rows lie one after the other, and how far apart its values are.
    fn contiguous(&self, input: &Input<'_>) -> Result<(Rc<Ready>, Vec<usize>)> {
        Ok((self.whole("matmul", input)?, strides(input.shape.lengths())))
    }

    /// An operand whose matrices may lie anywhere: heads side by side, say.
    fn matrices(&self, input: &Input<'_>) -> Result<(Rc<Ready>, Vec<usize>)> {
        if let State::Waiting(view) = input.stored.state()
            && let Some(walked) = view.matrices()
        {
            return Ok((walked.value.clone(), walked.strides.clone()));
        }
        self.contiguous(input)
    }

    /// With more leading axes than the kernels know, operands are first repeated until
    /// they have one matrix for each result.
    fn product_of_copies(
        &self,
        transposed: Transposed,
        inputs: &[Input<'_>],
        output: &Shape,
    ) -> Result<Stored> {
        let mut copies = Vec::new();
        for input in inputs {
            let mut lengths = output.leading(2).to_vec();
            lengths.extend(input.shape.trailing(2));
            let own = Expression::of(self.whole("matmul", input)?, input.shape);
            let copy = self.computed(&own.broadcast(&lengths))?;
            copies.push((Rc::new(Stored::ready(copy)), Shape::new(lengths)));
        }
        let copies: Vec<Input<'_>> = copies
            .iter()
            .map(|(stored, shape)| Input {
                stored: stored.clone(),
                shape,
            })
            .collect();
        self.product(transposed, &copies, output)
    }

    /// Multiplies by the right matrix, or by a part of its rows; the sum is cut into
    /// pieces, whose results are made one after the other.
    fn multiply(
        &self,
        product: &Product,
        left: &Ready,
        (right, part): (&Ready, &Part),
        (made, n_pieces): (&Ready, usize),
    ) {
        let is_part = right.parts.len() > 1;
        let (mut n, mut k) = (product.n, product.k);
        let (mut left_start, mut out_start, mut is_added) = (0, 0, false);
        if is_part && product.transposed == Transposed::Right {
            // Rows of the right matrix lie along columns of the result.
            (n, out_start) = (part.n_rows, part.first_row);
        } else if is_part {
            (k, left_start) = (part.n_rows, part.first_row);
            is_added = part.first_row > 0;
        }
        let batch = &product.batch;
        let most = self.gpu.most_groups as usize;
        let tiles = tiles(product, n, most);
        let kernel = Kernel::Product {
            tiles,
            is_left_transposed: product.transposed == Transposed::Left,
            is_right_transposed: product.transposed == Transposed::Right,
            right: right.format,
        };
        let buffers = [left.whole(), &part.allocation.buffer, made.whole()];
        let side = tiles.side();
        let columns = match (tiles, product.transposed) {
            (Tiles::FewRows, Transposed::Right) => n.div_ceil(8),
            (Tiles::FewRows, _) => n.div_ceil(32),
            _ => n.div_ceil(side),
        };
        for first_batch in (0..batch.n).step_by(most) {
            let mut arguments = vec![
                word(product.m),
                word(n),
                word(k),
                word(first_batch),
                word(product.left_stride),
                word(product.right_stride),
                word(product.n),
                word(left_start),
                word(out_start),
                u32::from(is_added),
                word(n_pieces),
                word(batch.n * product.m * product.n),
            ];
            let mut add_axes = |values: &[usize], other: usize| {
                let missing = MOST_BATCH_AXES - values.len();
                arguments.extend(std::iter::repeat_n(word(other), missing));
                arguments.extend(values.iter().map(|value| word(*value)));
            };
            add_axes(&batch.lengths, 1);
            add_axes(&batch.left, 0);
            add_axes(&batch.right, 0);
            let n_batches = (batch.n - first_batch).min(most);
            let groups = [columns, product.m.div_ceil(side), n_batches * n_pieces];
            self.run_grid(kernel, &buffers, &arguments, groups);
        }
    }
}

impl Batch {
    fn single() -> Self {
        Self {
            n: 1,
            lengths: Vec::new(),
            left: Vec::new(),
            right: Vec::new(),
        }
    }

    /// Neighboring axes that both operands walk alike are one.
    fn new(left: &[usize], right: &[usize], output: &Shape) -> Self {
        let lengths = output.leading(2);
        let walked = |strides: &[usize]| {
            let own = &strides[..strides.len() - 2];
            let missing = lengths.len() - own.len();
            let own = own.iter().copied();
            std::iter::repeat_n(0, missing)
                .chain(own)
                .collect::<Vec<_>>()
        };
        let (left, right) = (walked(left), walked(right));
        let mut batch = Self {
            n: lengths.iter().product(),
            ..Self::single()
        };
        for ((length, left), right) in lengths.iter().zip(left).zip(right) {
            if *length == 1 {
                continue;
            }
            let merges = batch.left.last() == Some(&(left * length))
                && batch.right.last() == Some(&(right * length));
            if merges {
                let last = batch.lengths.len() - 1;
                batch.lengths[last] *= length;
                (batch.left[last], batch.right[last]) = (left, right);
            } else {
                batch.lengths.push(*length);
                batch.left.push(left);
                batch.right.push(right);
            }
        }
        batch
    }
}

/// From a row of a matrix to the next.
fn row_stride(strides: &[usize]) -> usize {
    strides[strides.len() - 2]
}

/// The largest tiles that the result fills, and that make enough workgroups, if need be
/// with the sum in pieces.
fn tiles(product: &Product, n: usize, most_groups: usize) -> Tiles {
    let m = product.m;
    if product.batch.n == 1 && m <= FEW_ROWS {
        return Tiles::FewRows;
    }
    let fits = |tiles: Tiles| {
        let side = tiles.side();
        let n_groups = product.n_groups(tiles, n) * product.most_pieces();
        m.min(n) > side / 2 && n_groups >= ENOUGH_GROUPS || m.div_ceil(side / 2) > most_groups
    };
    if fits(Tiles::Large) {
        Tiles::Large
    } else if fits(Tiles::Middle) {
        Tiles::Middle
    } else {
        Tiles::Small
    }
}

impl Product {
    /// Workgroups for so many columns, with the sum in one piece.
    fn n_groups(&self, tiles: Tiles, n: usize) -> usize {
        let side = tiles.side();
        self.m.div_ceil(side) * n.div_ceil(side) * self.batch.n
    }

    /// Pieces of the sum beyond which adding them up costs more than it gains.
    fn most_pieces(&self) -> usize {
        (self.k / SHORTEST_PIECE).clamp(1, MOST_PIECES)
    }
}
