mod html;
mod terminal;

use attribution_output::{ContextAttribution, ContextCues, Spelling, Token, score_threshold};
use serde_json::Value;

use crate::Cell;
use crate::layout::Scale;
use crate::numbers::{decimals_for, number};

pub use html::context_document;
pub use terminal::context_text;

const DECIMALS: usize = 3;

/// What hangs on a context, laid out as running text: for each chosen output token the
/// output and the contexts, with what is highlighted in them.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextTexts {
    /// How output and context tokens were chosen.
    pub rules: Vec<String>,
    /// One for each chosen token, those that hang on the context most first.
    pub chosen: Vec<Vec<ContextLine>>,
}

/// One text with highlighted tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextLine {
    /// What it is.
    pub title: String,
    /// Its tokens in order.
    pub tokens: Vec<ContextToken>,
}

/// One token of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextToken {
    /// As a reader should see it; a space at the start belongs to it.
    pub text: String,
    /// Its score, if it is highlighted.
    pub highlight: Option<Cell>,
}

impl ContextTexts {
    /// Lays out a result; what is highlighted follows the settings it was made with.
    pub fn new(found: &ContextAttribution) -> Self {
        let text = |key: &str| found.info.get(key).and_then(Value::as_str);
        let spelling = Spelling::from_class_names(
            text("tokenizer_class").unwrap_or_default(),
            text("model_class").unwrap_or_default(),
        );
        let layout = Layout { found, spelling };
        let rule = |what: &str, factor: &str, topk: &str| {
            let factor = found.info.get(factor).and_then(Value::as_f64);
            let least = match factor {
                Some(factor) => format!("at least {factor} standard deviations above the mean"),
                None => "any score".to_owned(),
            };
            let topk = found.info.get(topk).and_then(Value::as_u64);
            let most = topk.map_or_else(String::new, |n| format!(", at most {n}"));
            format!("{what}: {least}{most}")
        };
        Self {
            rules: vec![
                rule(
                    "chosen output tokens",
                    "context_sensitivity_std_threshold",
                    "context_sensitivity_topk",
                ),
                rule(
                    "highlighted context tokens",
                    "attribution_std_threshold",
                    "attribution_topk",
                ),
            ],
            chosen: found
                .cci_scores
                .iter()
                .map(|cues| layout.lines(cues))
                .collect(),
        }
    }
}

struct Layout<'a> {
    found: &'a ContextAttribution,
    spelling: Spelling,
}

impl Layout<'_> {
    fn lines(&self, cues: &ContextCues) -> Vec<ContextLine> {
        let found = self.found;
        let factor = found.info.get("context_sensitivity_std_threshold");
        let factor = factor.and_then(Value::as_f64).map(|factor| factor as f32);
        let threshold = score_threshold(&found.cti_scores, factor);
        let scores: Vec<Option<f32>> = found.cti_scores.iter().copied().map(Some).collect();
        let mut lines = vec![self.line(
            "output",
            threshold,
            &found.output_current_tokens,
            &scores,
            &[cues.cti_idx],
        )];
        let highlighted = found.highlighted(cues);
        let contexts = [
            (
                "input context",
                &found.input_context_tokens,
                &cues.input_context_scores,
                &highlighted.input_context,
            ),
            (
                "output context",
                &found.output_context_tokens,
                &cues.output_context_scores,
                &highlighted.output_context,
            ),
        ];
        for (title, tokens, scores, positions) in contexts {
            if let (Some(tokens), Some(scores)) = (tokens, scores) {
                lines.push(self.line(title, highlighted.threshold, tokens, scores, positions));
            }
        }
        if let Some(contextless) = &cues.contextless_output {
            for (title, text) in [
                ("in context", &cues.contextual_output),
                ("without context", contextless),
            ] {
                lines.push(ContextLine {
                    title: title.to_owned(),
                    tokens: self.words(text),
                });
            }
        }
        lines
    }

    /// A text that is not tokens, nothing of it highlighted.
    fn words(&self, text: &str) -> Vec<ContextToken> {
        let word = |(number, word): (usize, &str)| {
            let space = if number > 0 { " " } else { "" };
            ContextToken {
                text: Token::new(0, format!("{space}{word}")).display(Spelling::Plain),
                highlight: None,
            }
        };
        text.split(' ').enumerate().map(word).collect()
    }

    fn line(
        &self,
        title: &str,
        threshold: f32,
        tokens: &[String],
        scores: &[Option<f32>],
        positions: &[usize],
    ) -> ContextLine {
        let magnitudes = scores.iter().flatten().map(|score| score.abs());
        let range = magnitudes.filter(|it| it.is_finite()).fold(0.0, f32::max);
        let decimals = decimals_for(range, DECIMALS);
        let scale = Scale { range, decimals };
        let token = |(position, token): (usize, &String)| {
            let score = scores.get(position).copied().flatten();
            let score = score.filter(|_| positions.contains(&position));
            ContextToken {
                text: Token::new(-1, token).display(self.spelling),
                highlight: score.map(|score| scale.cell(score)),
            }
        };
        ContextLine {
            title: format!("{title} (highlighted from {})", number(threshold, decimals)),
            tokens: tokens.iter().enumerate().map(token).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// One chosen token, and one context token that stands out.
    pub(crate) fn found() -> ContextAttribution {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let info = json!({
            "tokenizer_class": "GPT2TokenizerFast",
            "context_sensitivity_std_threshold": 1.0,
            "attribution_std_threshold": 1.0,
            "attribution_topk": 3,
        });
        ContextAttribution {
            input_context: Some("A <sick> man.".to_owned()),
            input_context_tokens: Some(strings(&["A", "Ġ<sick>", "Ġman", "."])),
            output_context: None,
            output_context_tokens: None,
            output_current: "the hospital".to_owned(),
            output_current_tokens: strings(&["the", "Ġhospital"]),
            cti_scores: vec![0.25, 0.75],
            cci_scores: vec![ContextCues {
                cti_idx: 1,
                cti_token: "Ġhospital".to_owned(),
                cti_score: 0.75,
                contextual_output: "to the hospital".to_owned(),
                contrast_token: Some("Ġoffice".to_owned()),
                contextless_output: Some("to the office".to_owned()),
                input_context_scores: Some([1.0, 5.0, 1.0, 1.0].map(Some).to_vec()),
                output_context_scores: None,
            }],
            info: info.as_object().unwrap().clone(),
        }
    }

    #[test]
    fn what_stands_out_is_highlighted() {
        let texts = ContextTexts::new(&found());
        let lines = &texts.chosen[0];
        let highlighted = |line: &ContextLine| -> Vec<(String, String)> {
            let tokens = line.tokens.iter();
            tokens
                .filter_map(|token| {
                    let cell = token.highlight.as_ref()?;
                    Some((token.text.clone(), cell.text()))
                })
                .collect()
        };
        let pair = |token: &str, score: &str| vec![(token.to_owned(), score.to_owned())];
        assert_eq!(highlighted(&lines[0]), pair(" hospital", "0.750"));
        assert_eq!(lines[1].title, "input context (highlighted from 4.000)");
        assert_eq!(highlighted(&lines[1]), pair(" <sick>", "5.000"));
        assert_eq!(lines[3].title, "without context");
        assert!(texts.rules[1].ends_with("above the mean, at most 3"));
    }
}
