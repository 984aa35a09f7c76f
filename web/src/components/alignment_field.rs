use leptos::prelude::*;
use protocol::{AlignRequest, AlignedTokens, OptionDescription, OptionValue, TextToken};

use super::token_strip::legible;
use crate::{
    preparation::ask_at_rest,
    state::State,
    words::{said, t, t_owned, tf},
    worker::Engine,
};

/// The word that has equal tokens paired.
const AUTO: &str = "auto";
/// Values of the list of ways to pair.
const FROM_THE_END: &str = "end";
const BY_HAND: &str = "hand";

/// Longer texts are paired, but not by hand.
const MOST_ROWS: usize = 80;

/// Which token of a contrast text stands against which of the output: seen, and changed.
#[component]
pub(crate) fn AlignmentField(
    /// Which option.
    option: OptionDescription,
    /// Element and test id.
    element_id: String,
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
    /// The contrast text; `None` where none was typed.
    #[prop(into)]
    contrast: Signal<Option<OptionValue>>,
    /// The alignment; `None` where both are matched from the end.
    #[prop(into)]
    value: Signal<Option<OptionValue>>,
    /// Takes what the visitor chose; `None` for the default.
    #[prop(into)]
    on_choose: Callback<Option<OptionValue>>,
) -> impl IntoView {
    let wanted = Memo::new(move |_| {
        let Some(OptionValue::Text(contrast)) = contrast.get() else {
            return None;
        };
        let texts = state.draft.with(|draft| draft.texts());
        let is_there = [&texts.generated, &contrast].map(|text| !text.trim().is_empty());
        is_there.iter().all(|is| *is).then(|| AlignRequest {
            model: state.draft.with(|draft| draft.model_name()),
            input_text: texts.input,
            output: texts.generated,
            contrast,
            alignment: value.get(),
            compatibility: state.draft.with(|draft| draft.compatibility),
        })
    });
    let is_known = move |asked: &AlignRequest| {
        let is_this = |aligned: &crate::tokenized::Aligned| aligned.asked == *asked;
        state
            .aligned
            .with_untracked(|it| it.as_ref().is_some_and(is_this))
    };
    ask_at_rest(
        move || {
            let asked = wanted.get()?;
            (state.is_free() && state.has_model(&asked.model)).then_some(asked)
        },
        move |asked| {
            if !is_known(&asked) {
                engine.align(asked);
            }
        },
    );
    let found = Memo::new(move |_| {
        let wanted = wanted.get()?;
        let aligned = state.aligned.get()?;
        // While a change is asked about, the last answer about the same texts stays.
        let is_of =
            aligned.asked.output == wanted.output && aligned.asked.contrast == wanted.contrast;
        is_of.then_some(aligned.found)
    });
    let way = Memo::new(move |_| match value.get() {
        None => FROM_THE_END,
        Some(OptionValue::Text(word)) if word == AUTO => AUTO,
        Some(_) => BY_HAND,
    });
    let choose_way = move |chosen: &str| match chosen {
        AUTO => on_choose.run(Some(OptionValue::Text(AUTO.to_owned()))),
        BY_HAND => {
            if let Some(Ok(tokens)) = found.get_untracked() {
                on_choose.run(Some(pairs(&tokens, None)));
            }
        }
        _ => on_choose.run(None),
    };
    let id = element_id;
    let help_id = format!("{id}-help");
    let ways = [
        (FROM_THE_END, t("Matched from the end")),
        (AUTO, t("Equal tokens paired")),
        (BY_HAND, t("By hand")),
    ];
    let ways = ways.map(|(value, title)| {
        view! {
            <option
                value=value
                selected=move || way.get() == value
                disabled=move || value == BY_HAND && way.get() != BY_HAND && !matches!(found.get(), Some(Ok(_)))
            >
                {title}
            </option>
        }
    });
    let test_id = format!("{id}-pairs");
    let rows = move || {
        match found.get() {
        None => view! {
            <p class="help">{t("With the output to explain and the contrast text typed, their pairs are shown here.")}</p>
        }
        .into_any(),
        Some(Err(message)) => view! { <p class="notice">{said(&message)}</p> }.into_any(),
        Some(Ok(tokens)) => rows_drawn(&tokens, on_choose, &test_id).into_any(),
    }
    };
    view! {
        <div class="field field-inline">
            <label for=id.clone()>{t_owned(&option.title)}</label>
            <select
                id=id.clone()
                data-testid=id
                aria-describedby=help_id.clone()
                on:change:target=move |event| choose_way(&event.target().value())
            >
                {ways}
            </select>
            <p class="help" id=help_id>{t_owned(&option.sentence)}</p>
        </div>
        {rows}
    }
}

/// One row for each token of the output that is compared.
fn rows_drawn(
    tokens: &AlignedTokens,
    on_choose: Callback<Option<OptionValue>>,
    test_id: &str,
) -> impl IntoView + use<> {
    let n_rows = tokens.output.len() - tokens.n_given.min(tokens.output.len());
    let compared = tokens.output.iter().enumerate().skip(tokens.n_given);
    let rows = compared.take(MOST_ROWS).map(|(position, token)| {
        let counterpart = tokens.counterparts.get(position).copied();
        let other = counterpart.and_then(|place| tokens.contrast.get(place));
        let differs = other.is_none_or(|other| other.id != token.id);
        let all = tokens.clone();
        let choose = move |event: web_sys::Event| {
            let chosen = event_target_value(&event).parse().ok();
            on_choose.run(chosen.map(|place| pairs(&all, Some((position, place)))));
        };
        let choices = tokens.contrast.iter().enumerate().map(|(place, token)| {
            view! {
                <option value=place selected=counterpart == Some(place)>{numbered(place, token)}</option>
            }
        });
        view! {
            <li class:differs=differs>
                <span class="token"><bdi>{numbered(position, token)}</bdi></span>
                <span aria-hidden="true">"→"</span>
                <select
                    aria-label=tf("Stands against {token}", &[("token", &numbered(position, token))])
                    on:change=choose
                >
                    {choices.collect_view()}
                </select>
            </li>
        }
    });
    let more = n_rows.saturating_sub(MOST_ROWS);
    let more =
        (more > 0).then(|| view! { <li class="help">{tf("and {n} more", &[("n", &more)])}</li> });
    view! { <ol class="alignment" data-testid=test_id.to_owned()>{rows.collect_view()} {more}</ol> }
}

fn numbered(position: usize, token: &TextToken) -> String {
    format!("{position} {}", legible(&token.display))
}

/// The pairs as an option takes them, after one was changed.
fn pairs(tokens: &AlignedTokens, changed: Option<(usize, usize)>) -> OptionValue {
    let number = |place: usize| OptionValue::Integer(i64::try_from(place).unwrap_or(i64::MAX));
    let all = tokens.counterparts.iter().enumerate().skip(tokens.n_given);
    let all = all.map(|(position, counterpart)| {
        let counterpart = match changed {
            Some((other, place)) if other == position => place,
            _ => *counterpart,
        };
        OptionValue::List(vec![number(position), number(counterpart)])
    });
    OptionValue::List(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pair_is_changed_and_what_is_given_is_left_out() {
        let token = |id| TextToken {
            id,
            token: String::new(),
            display: String::new(),
            is_special: false,
        };
        let tokens = AlignedTokens {
            output: vec![token(1), token(2), token(3)],
            n_given: 1,
            contrast: vec![token(1), token(4), token(3)],
            counterparts: vec![0, 1, 2],
        };
        let written = serde_json::to_string(&pairs(&tokens, Some((2, 1)))).unwrap();
        assert_eq!(written, "[[1,1],[2,1]]");
    }
}
