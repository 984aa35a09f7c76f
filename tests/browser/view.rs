//! The windows that pages are looked at in.

/// How large the page is, and which colors its visitor prefers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_dark: bool,
}

/// A laptop in daylight.
pub(crate) const LAPTOP: View = View {
    width: 1280,
    height: 800,
    is_dark: false,
};

/// A phone at night.
pub(crate) const PHONE: View = View {
    width: 360,
    height: 740,
    is_dark: true,
};
