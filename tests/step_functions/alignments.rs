//! What stands against what, as the engine tells a form, is what scores are compared by.

use attribution_output::from_inseq_json;
use inseq_tests::tiny_models::carry_out;
use protocol::{
    AlignRequest, AlignedTokens, AttributeRequest, Compatibility, Event, OptionValue, Work,
};

fn asked(model: &str, alignment: Option<OptionValue>) -> AlignRequest {
    let (input, output, contrast) = match model {
        "gpt2" => (
            "The developer argued",
            "The developer argued with the designer because",
            "The developer argued with that designer of",
        ),
        _ => (
            "The developer argued with the designer.",
            "Le développeur a argumenté avec le designer.",
            "Le designer a argumenté avec le développeur.",
        ),
    };
    AlignRequest {
        model: model.to_owned(),
        input_text: input.to_owned(),
        output: output.to_owned(),
        contrast: contrast.to_owned(),
        alignment,
        compatibility: Compatibility::Corrected,
    }
}

fn aligned(asked: AlignRequest) -> Result<AlignedTokens, String> {
    match carry_out(Work::Align(asked)).pop() {
        Some(Event::Aligned(tokens)) => Ok(tokens),
        Some(Event::Failed(failure)) => Err(failure.message),
        other => panic!("{other:?}"),
    }
}

fn auto() -> Option<OptionValue> {
    Some(OptionValue::Text("auto".to_owned()))
}

/// Pairs of all tokens that are compared, as an option takes them.
fn as_pairs(tokens: &AlignedTokens) -> OptionValue {
    let number = |place: usize| OptionValue::Integer(place as i64);
    let all = tokens.counterparts.iter().enumerate().skip(tokens.n_given);
    let all = all.map(|(place, other)| OptionValue::List(vec![number(place), number(*other)]));
    OptionValue::List(all.collect())
}

/// Scores of the tokens by the contrast text.
fn scores(asked: &AlignRequest, alignment: Option<OptionValue>) -> Vec<f32> {
    let mut request = AttributeRequest::new(&asked.model, &asked.input_text);
    request.generated_text = Some(asked.output.clone());
    request.step_scores = vec!["contrast_prob_diff".to_owned()];
    let contrast = OptionValue::Text(asked.contrast.clone());
    let given = [
        ("contrast_targets", Some(contrast)),
        ("contrast_targets_alignments", alignment),
    ];
    for (name, value) in given {
        let value = value.map(|value| (name.to_owned(), value));
        request.step_scores_args.extend(value);
    }
    let Some(Event::Attributed { inseq_json }) = carry_out(Work::Attribute(request)).pop() else {
        panic!("{} was not attributed", asked.model);
    };
    let output = from_inseq_json(&inseq_json).unwrap();
    output.sequences[0].step_scores["contrast_prob_diff"].clone()
}

#[test]
fn pairs_that_a_form_shows_are_those_that_scores_have() {
    for model in ["gpt2", "marian"] {
        let mut all = Vec::new();
        for way in [None, auto()] {
            let asked = asked(model, way.clone());
            let tokens = aligned(asked.clone()).unwrap();
            assert_eq!(tokens.counterparts.len(), tokens.output.len(), "{model}");
            let by_pairs = scores(&asked, Some(as_pairs(&tokens)));
            assert_eq!(scores(&asked, way), by_pairs, "{model}");
            all.push(tokens);
        }
        let n_given = all[0].n_given;
        assert!(n_given > 0 && n_given < all[0].output.len(), "{model}");
    }
}

#[test]
fn equal_tokens_are_paired_where_that_is_asked() {
    let tokens = aligned(asked("marian", auto())).unwrap();
    let same = tokens.counterparts.iter().zip(&tokens.output);
    let same = same.filter(|(place, token)| tokens.contrast[**place].id == token.id);
    assert!(same.count() * 2 > tokens.output.len(), "{tokens:?}");
}

#[test]
fn what_cannot_be_paired_is_told() {
    let outside = serde_json::from_str("[[5, 900]]").unwrap();
    let refused = aligned(asked("gpt2", Some(outside))).unwrap_err();
    assert!(refused.contains("900"), "{refused}");
    let refused = aligned(asked("gpt2", Some(OptionValue::Integer(3)))).unwrap_err();
    assert!(refused.contains("pairs"), "{refused}");
    let empty = AlignRequest {
        contrast: " ".to_owned(),
        ..asked("marian", None)
    };
    let refused = aligned(empty).unwrap_err();
    assert!(
        refused.contains("contrast text is an empty text"),
        "{refused}"
    );
}
