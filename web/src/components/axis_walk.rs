use attribution_output::{AggregateFunction, Axis};
use leptos::prelude::*;

use super::ways_fields::axis_of;
use crate::{
    shown::Shown,
    ways_to_look::{OfLayers, Reduction, WaysToLook},
    words::{key, t, tf},
};

/// Walks through heads or layers one by one, in whatever view is seen.
#[component]
pub(crate) fn AxisWalk(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
) -> impl IntoView {
    let layers = move || match ways.with(|ways| ways.layers) {
        OfLayers::Reduced(reduction) => Some(reduction),
        OfLayers::RolledOut => None,
    };
    let heads = move || Some(ways.with(|ways| ways.heads));
    let choose_layers = move |reduction| {
        ways.update(|ways| ways.layers = OfLayers::Reduced(reduction));
    };
    let choose_heads = move |reduction| ways.update(|ways| ways.heads = reduction);
    let n_of = move |axis| Memo::new(move |_| shown.with(|shown| axis_of(shown, axis)));
    let (n_layers, n_heads) = (n_of(Axis::Layers), n_of(Axis::Heads));
    view! {
        <div class="ways walks">
            {move || Some(walk(Axis::Layers, n_layers.get()?, layers, choose_layers))}
            {move || Some(walk(Axis::Heads, n_heads.get()?, heads, choose_heads))}
        </div>
    }
}

/// One slider: its first stop is all together, then each by itself. `None` if there is
/// one alone. What is chosen is `None` while attention is rolled out.
fn walk(
    axis: Axis,
    n: usize,
    chosen: impl Fn() -> Option<Reduction> + Copy + Send + Sync + 'static,
    choose: impl Fn(Reduction) + 'static,
) -> Option<impl IntoView> {
    let words = move || match chosen() {
        Some(reduction) => in_words(axis, n, reduction),
        None => tf("rollout through all {n} layers", &[("n", &n)]),
    };
    let (test_id, title) = match axis {
        Axis::Heads => ("walk-heads", t("Walk through heads")),
        _ => ("walk-layers", t("Walk through layers")),
    };
    let stop = move || match chosen() {
        Some(Reduction::Only(index)) => index.min(n - 1) as i64,
        _ => -1,
    };
    (n > 1).then(|| {
        view! {
            <label class="way walk">
                <span>{title}</span>
                <input
                    type="range"
                    min="-1"
                    max=n - 1
                    step="1"
                    data-testid=test_id
                    prop:value=move || stop().to_string()
                    aria-valuetext=words
                    on:input:target=move |event| {
                        choose(match event.target().value().parse() {
                            Ok(index) => Reduction::Only(index),
                            Err(_) => Reduction::default(),
                        });
                    }
                />
                <span class="walk-words" aria-hidden="true">{words}</span>
            </label>
        }
    })
}

/// As "head 3 of 8, counted from 0".
fn in_words(axis: Axis, n: usize, reduction: Reduction) -> String {
    let is_of_heads = axis == Axis::Heads;
    match reduction {
        Reduction::Only(index) => {
            let words = match is_of_heads {
                true => key("head {index} of {n}, counted from 0"),
                false => key("layer {index} of {n}, counted from 0"),
            };
            tf(words, &[("index", &index.min(n - 1)), ("n", &n)])
        }
        Reduction::By(function) => {
            let words = match is_of_heads {
                true => key("{function} of all {n} heads"),
                false => key("{function} of all {n} layers"),
            };
            tf(words, &[("function", &name_of(function)), ("n", &n)])
        }
    }
}

fn name_of(function: AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Mean => t("mean"),
        AggregateFunction::Sum => t("sum"),
        AggregateFunction::Max => t("largest"),
        AggregateFunction::Min => t("smallest"),
        AggregateFunction::AbsoluteMax => t("strongest"),
        AggregateFunction::Product => t("product"),
        AggregateFunction::VectorNorm => t("norm"),
    }
}

#[cfg(test)]
mod tests {
    use attribution_output::Axis;

    use super::{Reduction, in_words};

    #[test]
    fn a_stop_is_said_with_how_many_there_are() {
        assert_eq!(
            in_words(Axis::Heads, 8, Reduction::Only(3)),
            "head 3 of 8, counted from 0"
        );
        assert_eq!(
            in_words(Axis::Heads, 4, Reduction::Only(9)),
            "head 3 of 4, counted from 0"
        );
        assert_eq!(
            in_words(Axis::Layers, 8, Reduction::default()),
            "mean of all 8 layers"
        );
    }
}
