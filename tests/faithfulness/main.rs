//! How faithful attributions are: laws, values computed by plain numpy, requests of
//! finished attributions, and what is refused.

mod asking;
mod laws;
mod references;
mod requests;
