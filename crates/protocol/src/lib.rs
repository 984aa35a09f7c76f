//! What the page and the command line ask of the engine, and what it answers:
//! plain data, nothing else.
//!
//! Every type here can cross `postMessage`. A [`Request`] carries all that is
//! needed to carry it out; the engine remembers loaded models and nothing else,
//! so cancelling is ending the worker. A finished attribution crosses as Inseq
//! JSON, the same text a user saves.
//!
//! Not here: how a request is carried out (`engine`), where bytes come from
//! (`hub`), how a result is drawn (`heatmap`).

mod context;
mod description;
mod device;
mod event;
mod failure;
mod faithfulness;
mod generation;
mod model;
mod request;

pub use context::{ContextRequest, OutputContextStrategy};
pub use description::{
    FunctionDescription, MethodDescription, OptionDescription, OptionDomain, OptionValue,
};
pub use device::{DeviceChoice, DeviceChosen, Fact};
pub use event::{
    AlignedTokens, Description, Event, GeneratedOutput, Message, ModelSummary, Stage, TextToken,
};
pub use failure::{Failure, FailureKind};
pub use faithfulness::FaithfulnessRequest;
pub use generation::{EarlyStopping, GenerationSettings, TokenIds};
pub use model::{Estimate, EstimatedMethod, KeptModel, ModelFacts};
pub use request::{
    AlignRequest, AttributeRequest, Compatibility, Fold, GenerateRequest, Request, Work,
};
