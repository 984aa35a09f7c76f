//! One file for each command.

mod attribute;
mod methods;

pub(crate) use attribute::attribute;
pub(crate) use methods::methods;
