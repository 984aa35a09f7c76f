use clap::Args;
use clap::builder::BoolishValueParser;

/// How raw attributions become one number for each pair of tokens.
#[derive(Args, Debug)]
#[command(rename_all = "snake_case")]
pub(crate) struct AggregationArguments {
    /// Aggregators and functions, one after the other, in place of those that fit the
    /// method; shown and saved
    #[arg(long, value_name = "NAME", num_args = 1.., help_heading = "Aggregation")]
    pub(crate) attribution_aggregators: Vec<String>,
    /// For each aggregator, the one index of its axis to keep, such as a layer or head
    #[arg(long, value_name = "INDEX", num_args = 1.., allow_negative_numbers = true, help_heading = "Aggregation")]
    pub(crate) attribution_selectors: Vec<i64>,
    /// With aggregators: make the values of each output token sum to 1
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Aggregation")]
    pub(crate) normalize_attributions: bool,
    /// With aggregators: divide by the largest value
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Aggregation")]
    pub(crate) rescale_attributions: bool,
    /// Save aggregated attributions, not raw ones, if no aggregators are given
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Aggregation")]
    pub(crate) aggregate_output: bool,
}
