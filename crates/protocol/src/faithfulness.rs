use attribution_output::FaithfulnessSettings;
use serde::{Deserialize, Serialize};

/// All that is needed to measure how faithful a finished attribution is to its model.
///
/// Text, targets and attributed function are those that the attribution names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaithfulnessRequest {
    /// The model's name or base address: the one that the attribution was made with.
    pub model: String,
    /// The attribution as Inseq JSON, for tokens as the model reads them, not merged.
    pub inseq_json: String,
    /// How it is measured.
    pub settings: FaithfulnessSettings,
}
