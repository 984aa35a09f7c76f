//! One component a file. Each takes fields of the state and draws them.

pub(crate) mod form;
pub(crate) mod masthead;
pub(crate) mod open_result;
pub(crate) mod result;

mod advanced_fields;
mod compute_anew;
mod context_list;
mod copy_button;
mod device_field;
mod device_line;
mod downloads;
mod embed_code;
mod engine_notice;
mod failure_notice;
mod faithfulness;
mod function_fields;
mod heatmap_table;
mod history_list;
mod legend;
mod method_fields;
mod model_field;
mod option_field;
mod option_fields;
mod other_models;
mod position_field;
mod progress_line;
mod run_bar;
mod same_run_panel;
mod settings_list;
mod share;
mod step_score_fields;
mod text_choice;
mod text_fields;
mod tinted_text;
mod ways_fields;
