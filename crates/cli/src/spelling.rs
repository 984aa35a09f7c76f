use std::ffi::OsString;

/// Inseq's short names of several letters, which our parser would read as several
/// options of one letter each.
const SHORT_NAMES: [(&str, &str); 5] = [
    ("-fn", "--attributed_fn"),
    ("-bs", "--batch_size"),
    ("-vv", "--very_verbose"),
    ("-in", "--input_text_field"),
    ("-gen", "--generated_text_field"),
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

/// The known name most like the asked one, if it is close enough to be a slip.
pub(crate) fn closest<'a>(asked: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |known: &&str| strsim::damerau_levenshtein(asked, known);
    let closest = known.iter().copied().min_by_key(distance);
    closest.filter(|known| distance(known) * 3 <= known.len())
}
