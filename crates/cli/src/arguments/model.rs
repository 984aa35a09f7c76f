use clap::{Args, ValueEnum};
use protocol::DeviceChoice;

use crate::keyword_arguments::{JsonObject, json_object};

/// The model, what computes, and how it writes.
#[derive(Args, Clone, Debug)]
#[command(rename_all = "snake_case")]
pub(crate) struct ModelArguments {
    /// A GPT-2 or Marian model: a folder as the Hugging Face Hub lays it out, a name on the
    /// Hub (owner/name, with @revision if wanted), or the address of either
    #[arg(long, short = 'm', value_name = "MODEL", help_heading = "Model")]
    pub(crate) model_name_or_path: String,
    /// What computes
    #[arg(
        long,
        visible_alias = "dev",
        value_enum,
        default_value_t,
        help_heading = "Model"
    )]
    pub(crate) device: Device,
    /// How to generate, as JSON, such as '{"max_new_tokens": 5, "num_beams": 4}'
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Model")]
    pub(crate) generation_kwargs: JsonObject,
}

/// What can compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Device {
    /// The graphics processor, if it is there and agrees with the processor
    Auto,
    /// The graphics processor, by Vulkan, Metal or Direct3D 12
    Webgpu,
    /// The same with weights as 16-bit floats: half the memory, and less exact
    #[value(name = "webgpu_f16")]
    WebgpuF16,
    /// The processor
    #[default]
    Cpu,
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Webgpu => Self::Webgpu,
            Device::WebgpuF16 => Self::WebgpuF16,
            Device::Cpu => Self::Cpu,
        }
    }
}
