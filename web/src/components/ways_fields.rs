use attribution_output::{AggregateFunction, Axis};
use leptos::prelude::*;

use crate::{
    shown::Shown,
    ways_to_look::{OfLayers, Reduction, Scale, WaysToLook, length},
    words::{key, t, tf},
};

/// Functions that make one value of several heads or layers.
const FUNCTIONS: [AggregateFunction; 5] = [
    AggregateFunction::Mean,
    AggregateFunction::Sum,
    AggregateFunction::Max,
    AggregateFunction::Min,
    AggregateFunction::AbsoluteMax,
];
/// The value of the list's entry that follows attention through all layers.
const ROLLED_OUT: &str = "rollout";

/// Chooses how the result is looked at. Nothing is computed anew.
#[component]
pub(crate) fn WaysFields(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
    /// Why it cannot be looked at as was asked.
    ways_failure: RwSignal<Option<String>>,
) -> impl IntoView {
    let failure = move || {
        let words = ways_failure.get()?;
        Some(view! { <p class="notice">{words}</p> })
    };
    view! {
        <div>
        <div class="ways" role="group" aria-label=t("Ways to look at the result") data-testid="ways">
            <AxisFields shown ways />
            <ScaleField ways />
            <label class="way check">
                <input
                    type="checkbox"
                    data-testid="way-words"
                    prop:checked=move || ways.with(|ways| ways.are_words_whole)
                    on:change:target=move |event| {
                        ways.update(|ways| ways.are_words_whole = event.target().checked());
                    }
                />
                <span>{t("Whole words")}</span>
            </label>
            <MergeFields shown ways />
        </div>
        <div role="alert" data-testid="ways-failure">{failure}</div>
        </div>
    }
}

/// How layers and heads become one, where there are several.
#[component]
fn AxisFields(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
) -> impl IntoView {
    let n_layers = Memo::new(move |_| shown.with(|shown| axis_of(shown, Axis::Layers)));
    let n_heads = Memo::new(move |_| shown.with(|shown| axis_of(shown, Axis::Heads)));
    let layers = Memo::new(move |_| match ways.with(|ways| ways.layers) {
        OfLayers::Reduced(reduction) => value_of(reduction),
        OfLayers::RolledOut => ROLLED_OUT.to_owned(),
    });
    let heads = Memo::new(move |_| value_of(ways.with(|ways| ways.heads)));
    let layer_list = move || {
        // Rollout needs every layer's heads.
        let extra = n_heads
            .get()
            .map(|_| (ROLLED_OUT, t("Rollout through all")));
        let choose = move |value: &str| ways.update(|ways| ways.layers = layers_from(value));
        let names = ["way-layers", t("Layers"), key("Layer {n}")];
        Some(axis_list(names, n_layers.get()?, extra, layers, choose))
    };
    let head_list = move || {
        let choose = move |value: &str| ways.update(|ways| ways.heads = reduction_from(value));
        let names = ["way-heads", t("Heads"), key("Head {n}")];
        Some(axis_list(names, n_heads.get()?, None, heads, choose))
    };
    view! {
        {layer_list}
        {head_list}
    }
}

/// What the numbers are measured by.
#[component]
fn ScaleField(
    /// How the result is looked at.
    ways: RwSignal<WaysToLook>,
) -> impl IntoView {
    let scale = Memo::new(move |_| ways.with(|ways| ways.scale));
    let entries = SCALES.map(|(this, id, title)| {
        view! { <option value=id selected=move || scale.get() == this>{t(title)}</option> }
    });
    let choose = move |value: String| {
        let chosen = SCALES.into_iter().find(|(_, id, _)| *id == value);
        if let Some((scale, _, _)) = chosen {
            ways.update(|ways| ways.scale = scale);
        }
    };
    view! {
        <label class="way">
            <span>{t("Scale")}</span>
            <select
                data-testid="way-scale"
                on:change:target=move |event| choose(event.target().value())
            >
                {entries.collect_view()}
            </select>
        </label>
    }
}

/// Which runs of tokens become one, folded away until wanted.
#[component]
fn MergeFields(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
) -> impl IntoView {
    let has_source =
        Memo::new(move |_| shown.with(|shown| shown.attribution.source_attributions.is_some()));
    view! {
        <details class="way-merge" data-testid="way-merge">
            <summary>{t("Merge tokens")}</summary>
            <div class="ways">
                <Show when=move || has_source.get()>
                    <SpanField
                        title=t("In the source")
                        test_id="way-source-spans"
                        value=Signal::derive(move || ways.with(|ways| ways.source_spans.clone()))
                        on_choose=move |typed| ways.update(|ways| ways.source_spans = typed)
                    />
                </Show>
                <SpanField
                    title=t("In the output")
                    test_id="way-target-spans"
                    value=Signal::derive(move || ways.with(|ways| ways.target_spans.clone()))
                    on_choose=move |typed| ways.update(|ways| ways.target_spans = typed)
                />
            </div>
            <p class="help">{t("First and last position of each run, such as 1-3, 5-7.")}</p>
        </details>
    }
}

const SCALES: [(Scale, &str, &str); 4] = [
    (Scale::Usual, "usual", key("As Inseq shows it")),
    (Scale::Columns, "columns", key("Columns sum to 1")),
    (Scale::Largest, "largest", key("Largest is 1")),
    (Scale::Raw, "raw", key("As computed")),
];

/// Runs of tokens, typed.
#[component]
pub(super) fn SpanField(
    /// The label.
    title: &'static str,
    /// For browser tests.
    test_id: &'static str,
    /// As typed.
    #[prop(into)]
    value: Signal<String>,
    /// Takes what was typed.
    #[prop(into)]
    on_choose: Callback<String>,
    /// What stands there while nothing was typed.
    #[prop(default = t("none"))]
    placeholder: &'static str,
) -> impl IntoView {
    view! {
        <label class="way">
            <span>{title}</span>
            <input
                type="text"
                data-testid=test_id
                placeholder=placeholder
                prop:value=move || value.get()
                on:change:target=move |event| on_choose.run(event.target().value())
            />
        </label>
    }
}

/// A list of functions, then each layer or head by itself. Its names are its test id,
/// its label and the text for one.
fn axis_list(
    [test_id, title, one]: [&'static str; 3],
    n: usize,
    extra: Option<(&'static str, &'static str)>,
    chosen: Memo<String>,
    choose: impl Fn(&str) + 'static,
) -> impl IntoView {
    let functions = FUNCTIONS.map(|it| (it.id().to_owned(), title_of(it).to_owned()));
    let extra = extra.map(|(value, title)| (value.to_owned(), title.to_owned()));
    let each = (0..n).map(|index| (index.to_string(), tf(one, &[("n", &index)])));
    let entries = functions.into_iter().chain(extra).chain(each);
    let entries = entries.map(|(value, title)| {
        let this = value.clone();
        view! { <option value=value selected=move || chosen.get() == this>{title}</option> }
    });
    view! {
        <label class="way">
            <span>{title}</span>
            <select
                data-testid=test_id
                on:change:target=move |event| choose(&event.target().value())
            >
                {entries.collect_view()}
            </select>
        </label>
    }
}

pub(super) fn axis_of(shown: &Shown, axis: Axis) -> Option<usize> {
    length(shown.output.sequences.first()?, axis)
}

fn title_of(function: AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Mean => t("Mean of all"),
        AggregateFunction::Sum => t("Sum of all"),
        AggregateFunction::Max => t("Largest of all"),
        AggregateFunction::Min => t("Smallest of all"),
        AggregateFunction::AbsoluteMax => t("Strongest of all"),
        AggregateFunction::Product => t("Product of all"),
        AggregateFunction::VectorNorm => t("Norm of all"),
    }
}

fn value_of(reduction: Reduction) -> String {
    match reduction {
        Reduction::By(function) => function.id().to_owned(),
        Reduction::Only(index) => index.to_string(),
    }
}

/// The values are those of the list, so that one of them always fits.
fn reduction_from(value: &str) -> Reduction {
    match value.parse() {
        Ok(index) => Reduction::Only(index),
        Err(_) => {
            AggregateFunction::from_id(value).map_or_else(|_| Reduction::default(), Reduction::By)
        }
    }
}

fn layers_from(value: &str) -> OfLayers {
    match value {
        ROLLED_OUT => OfLayers::RolledOut,
        value => OfLayers::Reduced(reduction_from(value)),
    }
}
