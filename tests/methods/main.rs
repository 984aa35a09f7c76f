//! Do methods keep their laws, refuse bad input, give values computed independently,
//! and find causes that were planted?

mod asking;
mod bad_input;
mod gradient_shap;
mod independent;
mod laws;
mod planted;
