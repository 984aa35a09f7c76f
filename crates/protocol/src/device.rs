use serde::{Deserialize, Serialize};

/// What computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// The graphics processor, if there is one and a small attribution on it agrees with
    /// the processor's; else the processor.
    #[default]
    Auto,
    /// The graphics processor, or nothing.
    Webgpu,
    /// The same with weights as 16-bit floats: half the memory, and less exact. Refused
    /// where a small attribution differs too much.
    WebgpuF16,
    /// The processor.
    Cpu,
}

/// The device that carries out a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChosen {
    /// What was asked for.
    pub choice: DeviceChoice,
    /// `webgpu` or `cpu`.
    pub device: String,
    /// Why it was chosen, in words that follow a colon.
    pub why: String,
}

/// One line of a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about, in words.
    pub name: String,
    /// With its unit.
    pub value: String,
}
