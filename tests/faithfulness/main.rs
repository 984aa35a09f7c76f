//! How faithful attributions are: laws, and values computed by plain numpy.

mod asking;
mod laws;
mod references;
