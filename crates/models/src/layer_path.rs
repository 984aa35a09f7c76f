use std::collections::BTreeMap;

use crate::{Error, Place, Result, Site, Stack};

/// A module of the Hugging Face model: where its input and output are seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerPath {
    /// Its path, such as `transformer.h.1.mlp`.
    pub path: String,
    /// Where its output is seen. More than one if what is one tensor there is several
    /// here, side by side along the hidden axis.
    pub output: Vec<Site>,
    /// Where its input is seen; nowhere if it reads token ids or positions.
    pub input: Option<Site>,
}

/// The nearest paths that a message names.
const N_NEAREST: usize = 5;

/// The module of a path; `.i` and `[i]` both number layers.
///
/// # Errors
/// If there is none; the error says which there are, those most like it first.
pub fn find_layer(paths: &[LayerPath], asked: &str) -> Result<LayerPath> {
    let dotted = asked.trim().replace('[', ".").replace(']', "");
    if let Some(found) = paths.iter().find(|known| known.path == dotted) {
        return Ok(found.clone());
    }
    let mut known: Vec<(usize, &str)> = paths
        .iter()
        .map(|known| {
            let distance = strsim::damerau_levenshtein(&dotted, &known.path);
            (distance, known.path.as_str())
        })
        .collect();
    known.sort_by_key(|(distance, _)| *distance);
    let nearest = known.iter().take(N_NEAREST);
    Err(Error::UnknownLayer {
        asked: asked.to_owned(),
        nearest: nearest.map(|(_, path)| (*path).to_owned()).collect(),
        patterns: patterns(known.iter().map(|(_, path)| *path)),
    })
}

/// The outputs of a stack's layers, first to last.
pub fn layer_outputs(paths: &[LayerPath], stack: Stack) -> Vec<Site> {
    let mut outputs = BTreeMap::new();
    for site in paths.iter().flat_map(|path| &path.output) {
        if let (true, Place::LayerOutput(number)) = (site.stack == stack, site.place) {
            outputs.insert(number, *site);
        }
    }
    outputs.into_values().collect()
}

/// Paths that differ in numbers only become one, with the range of the numbers.
fn patterns<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut order = Vec::new();
    let mut largest: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        let mut number = 0;
        let parts: Vec<&str> = path
            .split('.')
            .map(|part| match part.parse() {
                Ok(found) => {
                    number = found;
                    "{}"
                }
                Err(_) => part,
            })
            .collect();
        let pattern = parts.join(".");
        if !order.contains(&pattern) {
            order.push(pattern.clone());
        }
        let seen = largest.entry(pattern).or_default();
        *seen = number.max(*seen);
    }
    order
        .into_iter()
        .map(|pattern| {
            let numbers = format!("{{0..{}}}", largest[&pattern]);
            pattern.replace("{}", &numbers)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Vec<LayerPath> {
        let path = |path: &str, place| LayerPath {
            path: path.to_owned(),
            output: vec![Site {
                stack: Stack::Decoder,
                place,
            }],
            input: None,
        };
        vec![
            path("wte", Place::TokenEmbeddings),
            path("h.0", Place::LayerOutput(0)),
            path("h.1", Place::LayerOutput(1)),
            path("h.0.mlp", Place::FeedForwardOutput(0)),
            path("h.1.mlp", Place::FeedForwardOutput(1)),
        ]
    }

    #[test]
    fn layers_are_numbered_with_dots_or_brackets() {
        for asked in ["h.1.mlp", "h[1].mlp"] {
            let found = find_layer(&paths(), asked).unwrap();
            assert_eq!(found.output[0].place, Place::FeedForwardOutput(1));
        }
    }

    #[test]
    fn an_unknown_path_is_told_what_there_is_nearest_first() {
        let error = find_layer(&paths(), "h[1].mpl").unwrap_err();
        let words = error.to_string();
        let start = "layer \"h[1].mpl\" is unknown; nearest are h.1.mlp, h.0.mlp, ";
        assert!(words.starts_with(start), "{words}");
        assert!(
            words.ends_with("there are h.{0..1}.mlp, h.{0..1}, wte"),
            "{words}"
        );
    }

    #[test]
    fn outputs_of_layers_come_first_to_last() {
        let places: Vec<Place> = layer_outputs(&paths(), Stack::Decoder)
            .iter()
            .map(|site| site.place)
            .collect();
        assert_eq!(places, [Place::LayerOutput(0), Place::LayerOutput(1)]);
    }
}
