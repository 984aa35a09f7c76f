use leptos::prelude::*;
use protocol::{OptionDescription, OptionValue};

use super::option_field::OptionField;
use crate::draft::Draft;

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
    /// What is in the form.
    draft: RwSignal<Draft>,
    /// Which options.
    #[prop(into)]
    options: Signal<Vec<OptionDescription>>,
    /// How one is read.
    read: ReadOption,
    /// How one is written.
    write: WriteOption,
) -> impl IntoView {
    let fields = move || {
        let fields = options.get().into_iter().map(|option| {
            let (read_id, write_id) = (option.id.clone(), option.id.clone());
            let element_id = format!("{id_start}-{}", option.id);
            let value = Memo::new(move |_| draft.with(|draft| read(draft, &read_id)));
            let choose = move |value| draft.update(|draft| write(draft, &write_id, value));
            view! { <OptionField option element_id value on_choose=choose /> }
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
