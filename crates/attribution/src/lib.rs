//! Methods and step functions: from a model, a text and its targets to an
//! attribution.
//!
//! [`attribute`] runs one forward pass for all targets wherever the method allows,
//! pulls one cotangent per target back to the input embeddings, folds the hidden
//! axis on the device and reads the result once. Not here: which device computes,
//! how a model is built (`models`), how results are merged or drawn
//! (`attribution-output`, `heatmap`). No file, no clock, no unseeded random number.

mod alignment;
mod attribute;
mod changed_texts;
mod choices;
mod completeness;
mod contrast;
mod draws;
mod dropout;
mod error;
mod faithfulness;
mod formula;
mod gradients;
mod layer_values;
mod layers;
mod line;
mod memory;
mod method;
mod methods;
mod nearest;
mod one_by_one;
mod options;
mod path;
mod path_integral;
mod positions;
mod request;
mod rescale;
mod resumed;
mod ridge;
mod run;
mod sides;
mod stand_ins;
mod states;
mod step_function;
mod step_functions;
mod word_path;

pub use attribute::{attribute, step_scores};
pub use choices::Choices;
pub use contrast::counterparts;
pub use error::{Error, Result};
pub use faithfulness::{check_settings, faithfulness};
pub use formula::{Formula, FormulaError, FormulaProblem};
pub use method::{MethodDescription, RunSize};
pub use methods::{DEFAULT_METHOD, method_descriptions, n_passes};
pub use options::{
    ALIGNMENT_EXAMPLE, ALIGNMENT_FORM, OptionDescription, OptionDomain, OptionValue, OptionValues,
};
pub use path::Quadrature;
pub use request::{DEFAULT_MEMORY_BUDGET_BYTES, Fold, Request};
pub use step_function::{DropoutRuns, FunctionDescription, StepFunction};
pub use step_functions::{DEFAULT_FUNCTION, StepFunctions};
