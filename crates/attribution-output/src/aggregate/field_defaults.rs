use crate::AggregateFunction;

/// How a step score is merged over the tokens of a span, unless the caller says.
///
/// Probabilities of the pieces of a word multiply, information adds up; of other
/// scores the one of largest magnitude stands for the word. Inseq keeps this table
/// once for the whole process and changes it as results are made; here it depends on
/// the name only.
pub(super) fn step_score_function(name: &str) -> AggregateFunction {
    match name {
        "probability"
        | "perplexity"
        | "contrast_prob"
        | "contrast_prob_diff"
        | "mc_dropout_prob_avg" => AggregateFunction::Product,
        "entropy" | "crossentropy" | "pcxmi" | "kl_divergence" => AggregateFunction::Sum,
        _ => AggregateFunction::AbsoluteMax,
    }
}
