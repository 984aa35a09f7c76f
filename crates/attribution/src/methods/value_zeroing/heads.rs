use std::collections::BTreeMap;

use crate::{Error, OptionValue, Result};

/// Which heads of which layers lose a token's values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ZeroedHeads {
    /// All heads of all layers.
    All,
    /// The same heads of every layer.
    OfEveryLayer(Heads),
    /// Heads by layer; other layers stay whole.
    ByLayer(BTreeMap<usize, Heads>),
}

/// Some heads of one layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heads(Vec<usize>);

/// Heads of one layer, checked against it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum HeadsOfLayer {
    /// The layer stays whole.
    None,
    /// Some; `true` for each that is zeroed.
    Some(Vec<bool>),
    /// All of them.
    All,
}

impl ZeroedHeads {
    /// The form of the option, in words.
    pub(super) const FORM: &'static str = "a head, a list of heads, a range such as \"0:2\" with \
                                           its end left out, or a map from layers to any of these";

    /// Reads the option; `None` if it has another form.
    pub(super) fn from_option(value: Option<&OptionValue>) -> Option<Self> {
        let Some(value) = value else {
            return Some(Self::All);
        };
        let OptionValue::Map(layers) = value else {
            return Heads::from_option(value).map(Self::OfEveryLayer);
        };
        let layers = layers.iter().map(|(layer, heads)| {
            let heads = Heads::from_option(heads)?;
            Some((layer.trim().parse().ok()?, heads))
        });
        layers.collect::<Option<_>>().map(Self::ByLayer)
    }

    /// Refuses layers and heads that a stack does not have.
    pub(super) fn check(
        &self,
        option: &'static str,
        n_layers: usize,
        n_heads: usize,
    ) -> Result<()> {
        let outside = |what: &str, n: usize, found: usize| Error::OptionValue {
            owner: "value_zeroing".to_owned(),
            option,
            expected: format!("{what} from 0 to {}", n.saturating_sub(1)),
            found: found.to_string(),
        };
        let check_heads = |heads: &Heads| match heads.0.iter().find(|head| **head >= n_heads) {
            Some(head) => Err(outside("heads", n_heads, *head)),
            None => Ok(()),
        };
        match self {
            Self::All => Ok(()),
            Self::OfEveryLayer(heads) => check_heads(heads),
            Self::ByLayer(layers) => {
                if let Some(layer) = layers.keys().find(|layer| **layer >= n_layers) {
                    return Err(outside("layers", n_layers, *layer));
                }
                layers.values().try_for_each(check_heads)
            }
        }
    }

    /// The heads of one layer that has `n_heads`.
    pub(super) fn of_layer(&self, layer: usize, n_heads: usize) -> HeadsOfLayer {
        let heads = match self {
            Self::All => return HeadsOfLayer::All,
            Self::OfEveryLayer(heads) => heads,
            Self::ByLayer(layers) => match layers.get(&layer) {
                Some(heads) => heads,
                None => return HeadsOfLayer::None,
            },
        };
        let is_zeroed = (0..n_heads).map(|head| heads.0.contains(&head)).collect();
        HeadsOfLayer::Some(is_zeroed)
    }
}

impl Heads {
    fn from_option(value: &OptionValue) -> Option<Self> {
        let index = |value: &OptionValue| match value {
            OptionValue::Integer(index) => usize::try_from(*index).ok(),
            _ => None,
        };
        let heads: Vec<usize> = match value {
            OptionValue::Integer(_) => vec![index(value)?],
            OptionValue::List(values) => values.iter().map(index).collect::<Option<_>>()?,
            OptionValue::Text(range) => {
                let (start, end) = range.split_once(':')?;
                (start.trim().parse().ok()?..end.trim().parse().ok()?).collect()
            }
            _ => return None,
        };
        // To zero nothing is a slip, not a wish.
        (!heads.is_empty()).then_some(Self(heads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[i64]) -> OptionValue {
        OptionValue::List(values.iter().copied().map(OptionValue::Integer).collect())
    }

    #[test]
    fn every_form_is_read() {
        let of = |value: OptionValue| ZeroedHeads::from_option(Some(&value)).unwrap();
        let some = |heads: [bool; 3]| HeadsOfLayer::Some(heads.to_vec());
        let one = of(OptionValue::Integer(1));
        assert_eq!(one.of_layer(5, 3), some([false, true, false]));
        assert_eq!(of(list(&[0, 2])).of_layer(0, 3), some([true, false, true]));
        let range = of(OptionValue::Text("0:2".to_owned()));
        assert_eq!(range.of_layer(0, 3), some([true, true, false]));
        let by_layer = of(OptionValue::Map(BTreeMap::from([(
            "1".to_owned(),
            list(&[0]),
        )])));
        assert_eq!(by_layer.of_layer(0, 3), HeadsOfLayer::None);
        assert_eq!(by_layer.of_layer(1, 3), some([true, false, false]));
        let all = ZeroedHeads::from_option(None).unwrap();
        assert_eq!(all.of_layer(0, 3), HeadsOfLayer::All);
    }

    #[test]
    fn other_forms_are_refused() {
        let text = |text: &str| OptionValue::Text(text.to_owned());
        let layer = |name: &str| OptionValue::Map(BTreeMap::from([(name.to_owned(), list(&[0]))]));
        for value in [
            OptionValue::Integer(-1),
            OptionValue::Flag(true),
            list(&[]),
            text("2:2"),
            text("all"),
            layer("first"),
        ] {
            assert_eq!(ZeroedHeads::from_option(Some(&value)), None, "{value}");
        }
    }

    #[test]
    fn heads_and_layers_that_are_not_there_are_named() {
        let message = |value: OptionValue| {
            let heads = ZeroedHeads::from_option(Some(&value)).unwrap();
            let option = "decoder_zeroed_units_indices";
            heads.check(option, 2, 4).unwrap_err().to_string()
        };
        assert_eq!(
            message(OptionValue::Integer(4)),
            "value_zeroing: option decoder_zeroed_units_indices must be heads from 0 to 3, found 4"
        );
        let layers = OptionValue::Map(BTreeMap::from([("2".to_owned(), list(&[0]))]));
        assert!(message(layers).ends_with("must be layers from 0 to 1, found 2"));
    }
}
