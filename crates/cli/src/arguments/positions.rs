use clap::Args;

/// Which output tokens are attributed.
#[derive(Args, Clone, Copy, Debug)]
#[command(rename_all = "snake_case")]
pub(crate) struct PositionArguments {
    /// First output token to attribute, counted from 0 with prompt or start token;
    /// negative counts from the end
    #[arg(
        long,
        short = 's',
        value_name = "POSITION",
        allow_negative_numbers = true,
        help_heading = "Attribution"
    )]
    pub(crate) start_pos: Option<i64>,
    /// Output token to stop before; negative counts from the end
    #[arg(
        long,
        short = 'e',
        value_name = "POSITION",
        allow_negative_numbers = true,
        help_heading = "Attribution"
    )]
    pub(crate) end_pos: Option<i64>,
}
