//! What an attribution is: tokens, scores with named axes, how they were made;
//! its aggregation, and Inseq's JSON.
//!
//! Everything here is a pure function of finished results. Not here: models,
//! devices, colors. The page links this crate without the engine.

mod aggregate;
mod agreement;
mod alignment;
mod attribution;
mod by_target;
mod compatibility;
mod context;
mod csv;
mod error;
mod faithfulness;
mod inseq_json;
mod rank_correlation;
mod scores;
mod standing_out;
mod token;

pub use aggregate::{
    AGGREGATION, AggregateFunction, Marks, RolloutAggregation, ScoreAggregation, Selection,
    SliceAggregation, SpanAggregation, Spans, SplitAggregation, SplitMode, Stage,
    SubwordAggregation, aggregate, aggregate_axis, aggregate_pair, aggregate_with,
    aggregation_in_words, aggregator_ids, default_stages, normalize, pair, rescale, select_index,
    stages_from_ids, weight_attributions,
};
pub use agreement::{Agreement, AgreementSettings, AttributionAgreement, Compared, shared_top};
pub use alignment::Alignment;
pub use attribution::{Attribution, AttributionOutput, Kind};
pub use by_target::{Located, Share, TargetScores};
pub use compatibility::Compatibility;
pub use context::{ContextAttribution, ContextCues};
pub use csv::{Matrix, to_csv};
pub use error::{Error, Result};
pub use faithfulness::{
    Faithfulness, FaithfulnessMeasures, FaithfulnessPoint, FaithfulnessSettings, Ranking, Removal,
    TargetFaithfulness,
};
pub use inseq_json::{
    SaveSettings, ScoresPrecision, StepAttribution, from_inseq_json, merge, save_inseq_json,
    split_sequences, steps_from_inseq_json, to_inseq_json,
};
pub use rank_correlation::{kendall_tau, spearman};
pub use scores::{Axis, Scores};
pub use standing_out::{StandingOut, score_threshold, standing_out};
pub use token::{Spelling, Token};
