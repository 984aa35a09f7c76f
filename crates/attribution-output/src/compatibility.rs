/// What to do where Inseq 0.7.1 has a behavior that we hold to be a mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compatibility {
    /// What is right.
    #[default]
    Corrected,
    /// What Inseq does, so that its numbers come out.
    Inseq,
}
