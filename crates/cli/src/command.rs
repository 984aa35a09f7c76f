//! One file for each command.

mod attribute;
mod attribute_context;
mod attribute_dataset;
mod faithfulness;
mod methods;

pub(crate) use attribute::attribute;
pub(crate) use attribute_context::attribute_context;
pub(crate) use attribute_dataset::attribute_dataset;
pub(crate) use faithfulness::faithfulness;
pub(crate) use methods::methods;
