//! The package's types name all that the protocol has: what is new there is missed here.

use protocol::{AttributeRequest, ContextRequest, GenerateRequest, GenerationSettings};
use serde::Serialize;
use serde_json::Value;

const TYPES: &str = include_str!("../../web/package/index.d.ts");
/// What the package makes itself, or calls as Inseq's Python does.
const OTHERWISE: [&str; 6] = [
    "model",
    "input_text",
    "generated_text",
    "method_options",
    "generation",
    "settings",
];

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (letter, rest) = part.split_at(1);
        name + &letter.to_uppercase() + rest
    })
}

fn names_of(data: &impl Serialize) -> Vec<String> {
    let Value::Object(fields) = serde_json::to_value(data).unwrap() else {
        panic!("it has fields");
    };
    fields.keys().cloned().collect()
}

#[test]
fn every_field_of_a_request_can_be_given() {
    let attribute = AttributeRequest::new("model", "text");
    let context = ContextRequest::new(attribute.clone(), "text");
    let names = [
        names_of(&attribute),
        names_of(&context),
        names_of(&GenerateRequest::new("model", "text")),
        names_of(&GenerationSettings::default()),
    ]
    .concat();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        let field = format!("  {}?: ", camel_case(&name));
        let needed = format!("  {}: ", camel_case(&name));
        assert!(
            OTHERWISE.contains(&name.as_str()) || TYPES.contains(&field) || TYPES.contains(&needed),
            "web/package/index.d.ts has no {}",
            camel_case(&name)
        );
    }
}

#[test]
fn every_method_and_step_function_has_its_name_there() {
    let description = engine::description();
    let methods = description.methods.into_iter().map(|method| method.id);
    let functions = description.step_functions.into_iter().map(|it| it.id);
    for id in methods.chain(functions) {
        assert!(
            TYPES.contains(&format!("\"{id}\"")),
            "web/package/index.d.ts does not name {id}"
        );
    }
}
