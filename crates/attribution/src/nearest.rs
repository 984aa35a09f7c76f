use models::Side;
use tensor::{BackAxis, Tensor};

use crate::Result;
use crate::gradients::pieces;
use crate::run::Run;

/// How many neighbors a word has.
const N_NEIGHBORS: usize = 50;

/// How many are looked at again in double precision, because products in single
/// precision cannot tell near ties apart.
const N_SHORTLISTED: usize = 2 * N_NEIGHBORS;

/// Exact search for the nearest words, by Euclidean distance of embeddings.
///
/// Distances to the whole vocabulary come from one matrix product per look-up; nothing
/// of the size of the embedding table is made.
pub(crate) struct NearestWords<'r, 'a> {
    run: &'r Run<'a>,
    side: Side,
    /// Squared length of each word's embedding.
    squares: Vec<f32>,
}

/// A word near another, with its embedding.
#[derive(Clone, Debug)]
pub(crate) struct Neighbor {
    pub(crate) id: u32,
    pub(crate) embedding: Vec<f32>,
}

impl<'r, 'a> NearestWords<'r, 'a> {
    pub(crate) async fn new(run: &'r Run<'a>, side: Side) -> Result<Self> {
        let table = run.model.embedding_table(side);
        let (n_words, width) = (table.shape().length(BackAxis(1)), row_width(table));
        let n_rows = run.memory_budget_bytes / (4 * size_of::<f32>() * width);
        let mut squares = Vec::with_capacity(n_words);
        for rows in pieces(n_words, n_rows) {
            // Picked, so that a table in parts, or packed, is not made whole for it.
            let ids: Vec<u32> = rows.map(|row| row as u32).collect();
            let rows = table.pick_rows(&ids)?;
            let sums = rows.multiply(&rows)?.sum(BackAxis(0))?;
            squares.extend(sums.read().await?);
        }
        Ok(Self { run, side, squares })
    }

    /// The nearest words of each word, nearest first, itself excluded.
    pub(crate) async fn of(&self, words: &[u32]) -> Result<Vec<Vec<Neighbor>>> {
        let width = row_width(self.run.model.embedding_table(self.side));
        let of_word = (self.squares.len() + N_SHORTLISTED * width) * 4 * size_of::<f32>();
        let mut found = Vec::with_capacity(words.len());
        for some in pieces(words.len(), self.run.memory_budget_bytes / of_word) {
            found.extend(self.of_some(&words[some]).await?);
        }
        Ok(found)
    }

    async fn of_some(&self, words: &[u32]) -> Result<Vec<Vec<Neighbor>>> {
        let table = self.run.model.embedding_table(self.side);
        let products = table.pick_rows(words)?.matmul_transposed(table)?;
        let products = products.read().await?;
        let shortlists: Vec<Vec<u32>> = words
            .iter()
            .zip(products.chunks_exact(self.squares.len()))
            .map(|(word, products)| self.shortlist(*word, products))
            .collect();

        let embed = |ids: &[u32]| self.run.model.embed(self.side, ids);
        let width = row_width(table);
        let own = embed(words)?.read().await?;
        let others = embed(&shortlists.concat())?.read().await?;
        let mut others = others.chunks_exact(width);
        let mut found = Vec::with_capacity(words.len());
        for (own, ids) in own.chunks_exact(width).zip(&shortlists) {
            let mut measured: Vec<(f64, u32, &[f32])> = ids
                .iter()
                .zip(&mut others)
                .map(|(id, embedding)| (squared_distance(own, embedding), *id, embedding))
                .collect();
            measured.sort_by(|left, right| {
                (left.0, left.1)
                    .partial_cmp(&(right.0, right.1))
                    .expect("embeddings were checked to be finite")
            });
            let nearest = measured.into_iter().take(N_NEIGHBORS);
            found.push(
                nearest
                    .map(|(_, id, embedding)| Neighbor {
                        id,
                        embedding: embedding.to_vec(),
                    })
                    .collect(),
            );
        }
        Ok(found)
    }

    fn shortlist(&self, word: u32, products: &[f32]) -> Vec<u32> {
        // |a − b|² less |a|², which is the same for all.
        let distance = |id: &u32| {
            let index = *id as usize;
            self.squares[index] - 2.0 * products[index]
        };
        let mut ids: Vec<u32> = (0..products.len() as u32)
            .filter(|id| *id != word)
            .collect();
        if ids.len() > N_SHORTLISTED {
            ids.select_nth_unstable_by(N_SHORTLISTED, |left, right| {
                distance(left).total_cmp(&distance(right))
            });
            ids.truncate(N_SHORTLISTED);
        }
        ids
    }
}

fn squared_distance(left: &[f32], right: &[f32]) -> f64 {
    let pairs = left.iter().zip(right);
    pairs
        .map(|(left, right)| (f64::from(*left) - f64::from(*right)).powi(2))
        .sum()
}

fn row_width(table: &Tensor) -> usize {
    table.shape().length(BackAxis(0))
}
