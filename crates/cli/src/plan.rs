use std::collections::BTreeMap;

use protocol::{AttributeRequest, Compatibility, Fold, OptionValue};
use serde_json::Value;

use crate::arguments::{AggregationArguments, AttributionArguments, ResultArguments};
use crate::keyword_arguments::{JsonObject, KeywordArguments, Values, generation_settings};
use crate::{Complaint, arguments};

/// What is asked of every text: a request without texts.
pub(crate) struct Plan {
    template: AttributeRequest,
}

impl Plan {
    /// Checks everything that does not depend on model and texts. `are_given` says
    /// whether there are outputs to explain.
    pub(crate) fn new(
        asked: &AttributionArguments,
        aggregation: &AggregationArguments,
        results: &ResultArguments,
        are_given: bool,
    ) -> Result<Self, Complaint> {
        check_generation(asked, are_given)?;
        let mut template = request_without_texts(asked)?;
        // A heatmap needs no hidden coordinates; Inseq's files and functions do.
        let is_folded = match aggregation.attribution_aggregators.as_slice() {
            [] => aggregation.aggregate_output || results.save_path.is_none(),
            _ => false,
        };
        template.fold = if is_folded { Fold::Norm } else { Fold::Keep };
        Ok(Self { template })
    }

    /// The request for one text of several. Contrastive texts that are listed go to
    /// one text each, as in Inseq.
    pub(crate) fn request(
        &self,
        place: Place,
        input_text: &str,
        generated_text: Option<&str>,
    ) -> Result<AttributeRequest, Complaint> {
        let mut request = self.template.clone();
        request.input_text = input_text.to_owned();
        request.generated_text = generated_text.map(str::to_owned);
        for values in [
            &mut request.attributed_fn_args,
            &mut request.step_scores_args,
        ] {
            choose_own(values, place)?;
        }
        Ok(request)
    }
}

/// Model, method, functions and how to generate, as a request.
pub(crate) fn request_without_texts(
    asked: &AttributionArguments,
) -> Result<AttributeRequest, Complaint> {
    let formulas = formulas(&asked.custom_step_functions)?;
    let description = engine::description_with_formulas(&formulas)?;
    let keywords = KeywordArguments::sorted(asked, &description)?;
    Ok(AttributeRequest {
        method: asked.attribution_method.clone(),
        method_options: keywords.method,
        attributed_fn: asked.attributed_fn.clone(),
        attributed_fn_args: keywords.attributed_fn,
        step_scores: asked.step_scores.clone(),
        step_scores_args: keywords.step_scores,
        custom_step_functions: formulas,
        attribute_target: asked.attribute_target,
        include_eos_baseline: asked.include_eos_baseline,
        attr_pos_start: asked.positions.start_pos,
        attr_pos_end: asked.positions.end_pos,
        generation: generation_settings(&asked.model.generation_kwargs)?,
        generate_from_target_prefix: asked.generate_from_target_prefix,
        compatibility: match asked.compatibility {
            arguments::Compatibility::Corrected => Compatibility::Corrected,
            arguments::Compatibility::Inseq => Compatibility::Inseq,
        },
        ..AttributeRequest::new(&asked.model.model_name_or_path, "")
    })
}

/// Which text of how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) index: usize,
    pub(crate) n_texts: usize,
}

/// Step functions of the user's own: name → formula.
pub(crate) fn formulas(given: &JsonObject) -> Result<BTreeMap<String, String>, Complaint> {
    let formula = |(name, value): (&String, &Value)| match value {
        Value::String(formula) => Ok((name.clone(), formula.clone())),
        other => {
            let message = format!("--custom_step_functions: {name} is {other}, not a formula");
            let hint = "write formulas in quotes, such as \"lp - lp_c\"".to_owned();
            Err(Complaint::usage(message, Some(hint)))
        }
    };
    given.iter().map(formula).collect()
}

fn check_generation(asked: &AttributionArguments, are_given: bool) -> Result<(), Complaint> {
    let is_prefix = asked.generate_from_target_prefix;
    if is_prefix && !are_given {
        let message = "--generate_from_target_prefix needs texts to begin with".to_owned();
        let hint = "give the beginnings of the outputs as generated texts".to_owned();
        return Err(Complaint::usage(message, Some(hint)));
    }
    if are_given && !is_prefix && !asked.model.generation_kwargs.is_empty() {
        let message = "--generation_kwargs has no use: the outputs are given".to_owned();
        let hint = "leave out --generation_kwargs or the generated texts".to_owned();
        return Err(Complaint::usage(message, Some(hint)));
    }
    Ok(())
}

/// Options of which Inseq takes a list with one value for each text.
const ONE_FOR_EACH_TEXT: [&str; 2] = ["contrast_sources", "contrast_targets"];

fn choose_own(values: &mut Values, place: Place) -> Result<(), Complaint> {
    for name in ONE_FOR_EACH_TEXT {
        if let Some(OptionValue::List(texts)) = values.get(name) {
            if texts.len() != place.n_texts {
                let message = format!(
                    "--attribution_kwargs: {name} has {} texts, there are {} to attribute",
                    texts.len(),
                    place.n_texts
                );
                return Err(Complaint::usage(message, None));
            }
            let own = texts[place.index].clone();
            values.insert(name.to_owned(), own);
        }
    }
    // A list of pairs for each text, or one list of pairs for all.
    let alignments = "contrast_targets_alignments";
    if let Some(OptionValue::List(lists)) = values.get(alignments)
        && place.n_texts > 1
        && lists.len() == place.n_texts
        && lists.iter().all(is_list_of_lists)
    {
        let own = OptionValue::List(vec![lists[place.index].clone()]);
        values.insert(alignments.to_owned(), own);
    }
    Ok(())
}

fn is_list_of_lists(value: &OptionValue) -> bool {
    let is_list = |value: &OptionValue| matches!(value, OptionValue::List(_));
    matches!(value, OptionValue::List(values) if values.iter().all(is_list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chosen(json: serde_json::Value, index: usize, n_texts: usize) -> Option<serde_json::Value> {
        let mut values: Values = serde_json::from_value(json).unwrap();
        choose_own(&mut values, Place { index, n_texts }).ok()?;
        Some(serde_json::to_value(values).unwrap())
    }

    #[test]
    fn each_text_gets_its_own_contrast() {
        let both = json!({"contrast_targets": ["a", "b"]});
        assert_eq!(
            chosen(both.clone(), 1, 2),
            Some(json!({"contrast_targets": "b"}))
        );
        assert_eq!(chosen(both, 0, 3), None);
        let one = json!({"contrast_targets": "a"});
        assert_eq!(chosen(one.clone(), 1, 2), Some(one));
    }

    #[test]
    fn each_text_gets_its_own_alignment() {
        let name = "contrast_targets_alignments";
        let both = json!({name: [[[1, 1]], [[2, 2], [3, 3]]]});
        assert_eq!(chosen(both, 1, 2), Some(json!({name: [[[2, 2], [3, 3]]]})));
        let for_all = json!({name: [[1, 1], [2, 2]]});
        assert_eq!(chosen(for_all.clone(), 1, 2), Some(for_all));
    }
}
