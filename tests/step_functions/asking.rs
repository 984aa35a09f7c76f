use attribution_output::{Attribution, from_inseq_json};
use inseq_tests::tiny_models::carry_out;
use protocol::{AttributeRequest, Event, Fold, Work};

/// A given text, everything attributed, whole scores kept.
pub(crate) fn request(family: &str, source: &str, target: &str) -> AttributeRequest {
    let mut request = AttributeRequest::new(family, source);
    request.generated_text = Some(target.to_owned());
    request.attribute_target = true;
    request.fold = Fold::Keep;
    request
}

/// What the engine makes of a request: an attribution, or words and a way out.
pub(crate) fn answer(request: AttributeRequest) -> Result<Attribution, String> {
    let mut events = carry_out(Work::Attribute(request));
    match events.pop() {
        Some(Event::Attributed { inseq_json }) => {
            let mut output = from_inseq_json(&inseq_json).map_err(|error| error.to_string())?;
            Ok(output.sequences.remove(0))
        }
        Some(Event::Failed(failure)) => Err(format!(
            "{} ({})",
            failure.message,
            failure.hint.unwrap_or_default()
        )),
        other => Err(format!("{other:?}")),
    }
}
