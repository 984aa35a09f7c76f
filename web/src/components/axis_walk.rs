use attribution_output::Axis;
use leptos::prelude::*;

use super::ways_fields::{axis_of, title_of};
use crate::{
    shown::Shown,
    ways_to_look::{OfLayers, Reduction, WaysToLook},
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
            {move || Some(walk("walk-layers", "layer", n_layers.get()?, layers, choose_layers))}
            {move || Some(walk("walk-heads", "head", n_heads.get()?, heads, choose_heads))}
        </div>
    }
}

/// One slider: its first stop is all together, then each by itself. `None` if there is
/// one alone. What is chosen is `None` while attention is rolled out.
fn walk(
    test_id: &'static str,
    one: &'static str,
    n: usize,
    chosen: impl Fn() -> Option<Reduction> + Copy + Send + Sync + 'static,
    choose: impl Fn(Reduction) + 'static,
) -> Option<impl IntoView> {
    let words = move || match chosen() {
        Some(reduction) => in_words(one, n, reduction),
        None => format!("rollout through all {n} {one}s"),
    };
    let stop = move || match chosen() {
        Some(Reduction::Only(index)) => index.min(n - 1) as i64,
        _ => -1,
    };
    (n > 1).then(|| {
        view! {
            <label class="way walk">
                <span>{format!("Walk through {one}s")}</span>
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
fn in_words(one: &str, n: usize, reduction: Reduction) -> String {
    match reduction {
        Reduction::Only(index) => format!("{one} {} of {n}, counted from 0", index.min(n - 1)),
        Reduction::By(function) => {
            let title = title_of(function);
            let function = title
                .strip_suffix(" of all")
                .unwrap_or(title)
                .to_lowercase();
            format!("{function} of all {n} {one}s")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reduction, in_words};

    #[test]
    fn a_stop_is_said_with_how_many_there_are() {
        assert_eq!(
            in_words("head", 8, Reduction::Only(3)),
            "head 3 of 8, counted from 0"
        );
        assert_eq!(
            in_words("head", 4, Reduction::Only(9)),
            "head 3 of 4, counted from 0"
        );
        assert_eq!(
            in_words("layer", 8, Reduction::default()),
            "mean of all 8 layers"
        );
    }
}
