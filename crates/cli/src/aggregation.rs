use attribution_output::{
    AttributionOutput, Compatibility, Selection, Stage, default_stages, stages_from_ids,
};
use serde_json::Map;

use crate::arguments::{self, AggregationArguments};
use crate::{Complaint, spelling};

/// What is done to raw attributions before they are shown and saved.
pub(crate) struct Aggregation {
    /// Those asked for; the default ones are done by whoever shows a result.
    stages: Vec<Stage>,
    is_default_saved: bool,
    compatibility: Compatibility,
}

impl Aggregation {
    /// Reads the options as Inseq does: aggregators in order, each `scores` among them
    /// with its own selector. A stage written as JSON says all about itself.
    pub(crate) fn new(
        asked: &AggregationArguments,
        compatibility: arguments::Compatibility,
    ) -> Result<Self, Complaint> {
        let words = asked.attribution_aggregators.iter();
        let mut stages = words
            .map(|word| Ok((stage(word)?, !is_json(word))))
            .collect::<Result<Vec<_>, Complaint>>()?;
        if stages.is_empty() {
            check_unused(asked)?;
        }
        if asked.normalize_attributions && asked.rescale_attributions {
            let message = "attributions cannot be both normalized and rescaled".to_owned();
            return Err(Complaint::usage(message, None));
        }
        let mut selectors = asked.attribution_selectors.iter();
        let named_scores = |(stage, is_named): &&(Stage, bool)| *is_named && stage.id() == "scores";
        let n_scores = stages.iter().filter(named_scores).count();
        if !asked.attribution_selectors.is_empty() && asked.attribution_selectors.len() != n_scores
        {
            let message = format!(
                "--attribution_selectors has {} indices, {n_scores} aggregators take one",
                asked.attribution_selectors.len()
            );
            return Err(Complaint::usage(message, None));
        }
        for stage in &mut stages {
            if let (Stage::Scores(options), true) = stage {
                options.select_idx = selectors.next().map(|index| Selection::Index(*index));
                options.normalize = Some(asked.normalize_attributions);
                options.rescale = asked.rescale_attributions;
            }
        }
        Ok(Self {
            stages: stages.into_iter().map(|(stage, _)| stage).collect(),
            is_default_saved: asked.aggregate_output,
            compatibility: match compatibility {
                arguments::Compatibility::Corrected => Compatibility::Corrected,
                arguments::Compatibility::Inseq => Compatibility::Inseq,
            },
        })
    }

    /// The stages that were asked for.
    pub(crate) fn into_stages(self) -> Vec<Stage> {
        self.stages
    }

    /// The result as it is shown and saved.
    pub(crate) fn apply(&self, output: AttributionOutput) -> Result<AttributionOutput, Complaint> {
        let aggregated = match (self.stages.as_slice(), output.sequences.first()) {
            ([], Some(first)) if self.is_default_saved => {
                output.aggregate(&default_stages(first), self.compatibility)
            }
            ([], _) => return Ok(output),
            (stages, _) => output.aggregate(stages, self.compatibility),
        };
        aggregated.map_err(|error| {
            Complaint::failure(format!("the result cannot be aggregated: {error}"), None)
        })
    }
}

/// An aggregator's id, or a stage with its options as JSON.
fn stage(word: &str) -> Result<Stage, Complaint> {
    if is_json(word) {
        return serde_json::from_str(word).map_err(|error| {
            let message = format!("--attribution_aggregators: {error}, in {word}");
            let hint = r#"write such as '{"aggregator": "split", "split_pattern": "[.]"}'"#;
            Complaint::usage(message, Some(hint.to_owned()))
        });
    }
    match stages_from_ids(&[word], &Map::new()) {
        Ok(mut stages) => Ok(stages.remove(0)),
        Err(error) => {
            let known = attribution_output::aggregator_ids();
            let hint =
                spelling::closest(word, &known).map(|near| format!("did you mean {near:?}?"));
            Err(Complaint::usage(error.to_string(), hint))
        }
    }
}

fn is_json(word: &str) -> bool {
    word.starts_with('{')
}

fn check_unused(asked: &AggregationArguments) -> Result<(), Complaint> {
    let unused = [
        (
            "--attribution_selectors",
            !asked.attribution_selectors.is_empty(),
        ),
        ("--normalize_attributions", asked.normalize_attributions),
        ("--rescale_attributions", asked.rescale_attributions),
    ];
    match unused.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => {
            let message = format!("{option} has no use without --attribution_aggregators");
            Err(Complaint::usage(message, None))
        }
        None => Ok(()),
    }
}
