use leptos::prelude::*;
use protocol::{OptionDescription, OptionDomain, OptionValue};

use super::{alignment_field::AlignmentField, option_field::OptionField};
use crate::{draft::Draft, state::State, worker::Engine};

/// How an option is read from the draft.
pub(crate) type ReadOption = fn(&Draft, &str) -> Option<OptionValue>;
/// How an option is written into the draft.
pub(crate) type WriteOption = fn(&mut Draft, &str, Option<OptionValue>);

/// The options of a method or of functions, as a group under them.
#[component]
pub(crate) fn OptionFields(
    /// What the group is called, and the start of its fields' ids.
    title: &'static str,
    /// Start of the fields' element and test ids.
    id_start: &'static str,
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
    /// Which options.
    #[prop(into)]
    options: Signal<Vec<OptionDescription>>,
    /// How one is read.
    read: ReadOption,
    /// How one is written.
    write: WriteOption,
) -> impl IntoView {
    let draft = state.draft;
    let fields = move || {
        let fields = options.get().into_iter().map(|option| {
            let write_id = option.id.clone();
            let element_id = format!("{id_start}-{}", option.id);
            let value_of = |id: &str| {
                let id = id.to_owned();
                Memo::new(move |_| draft.with(|draft| read(draft, &id)))
            };
            let value = value_of(&option.id);
            let choose = move |value| draft.update(|draft| write(draft, &write_id, value));
            if let OptionDomain::Alignment { text_option, .. } = &option.domain {
                let contrast = value_of(text_option);
                return view! {
                    <AlignmentField option element_id state engine contrast value on_choose=choose />
                }
                .into_any();
            }
            view! { <OptionField option element_id value on_choose=choose /> }.into_any()
        });
        fields.collect_view()
    };
    view! {
        <Show when=move || options.with(|options| !options.is_empty())>
            <div class="options" role="group" aria-label=title>
                <p class="options-title" aria-hidden="true">{title}</p>
                {fields}
            </div>
        </Show>
    }
}
