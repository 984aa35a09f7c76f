use std::ffi::OsString;

/// Inseq's short names of several letters, which our parser would read as several
/// options of one letter each.
const SHORT_NAMES: [(&str, &str); 3] = [
    ("-fn", "--attributed_fn"),
    ("-bs", "--batch_size"),
    ("-vv", "--very_verbose"),
];

/// Arguments with Inseq's short names of several letters written out.
pub(crate) fn for_parser(
    arguments: impl IntoIterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    arguments.into_iter().map(|argument| {
        let known = |(short, _): &&(&str, &str)| argument == *short;
        match SHORT_NAMES.iter().find(known) {
            Some((_, long)) => OsString::from(long),
            None => argument,
        }
    })
}
