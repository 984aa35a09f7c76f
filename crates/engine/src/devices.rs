use std::rc::Rc;

use hub::LocalFuture;
use protocol::{DeviceChoice, Failure, FailureKind};
use tensor::Device;

use crate::Answer;
use crate::probe::{F16_TOLERANCE, TOLERANCE, attribution_on, difference};

/// The devices that an adapter can offer.
pub trait DeviceSource {
    /// The processor: always there.
    fn cpu(&self) -> Device;

    /// A graphics processor, opened now, with weights as it computes or as 16-bit floats.
    /// The error says, in words that can follow a colon, why there is none.
    fn open_webgpu(&self, weights: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>>;
}

/// How a graphics processor keeps weights; it computes with 32-bit floats in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightsOnDevice {
    /// As 32-bit floats.
    F32,
    /// As 16-bit floats: half the memory.
    F16,
}

/// The device that computes, and why it does.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) device: Device,
    pub(crate) why: String,
}

/// What is known of the devices there are.
pub(crate) struct Devices {
    source: Box<dyn DeviceSource>,
    cpu: Device,
    /// Opened once it was asked for, until it is lost.
    webgpu: Option<(WeightsOnDevice, Device)>,
    /// Why the graphics processor that is open may be taken, or may not: by `auto`, or with
    /// weights as 16-bit floats.
    verdict: Option<Result<String, String>>,
    /// Why the processor goes on in place of what was asked for.
    instead: Option<String>,
}

impl Devices {
    pub(crate) fn new(source: Box<dyn DeviceSource>) -> Self {
        Self {
            cpu: source.cpu(),
            source,
            webgpu: None,
            verdict: None,
            instead: None,
        }
    }

    /// The device for a choice.
    ///
    /// # Errors
    /// If a graphics processor is asked for by name, and there never was one; in place of
    /// one that failed the processor goes on.
    pub(crate) async fn choose(&mut self, choice: DeviceChoice) -> Answer<Chosen> {
        if choice != DeviceChoice::Cpu
            && let Some(why) = &self.instead
        {
            return Ok(self.on_cpu(why.clone()));
        }
        match choice {
            DeviceChoice::Cpu => Ok(self.on_cpu("it was asked for".to_owned())),
            DeviceChoice::Webgpu => match self.webgpu(WeightsOnDevice::F32).await {
                Ok(device) => Ok(Chosen {
                    device,
                    why: "it was asked for".to_owned(),
                }),
                Err(reason) => Err(unavailable("webgpu", &reason)),
            },
            DeviceChoice::WebgpuF16 => {
                let refused = |reason: String| unavailable("webgpu_f16", &reason);
                let device = self.webgpu(WeightsOnDevice::F16).await.map_err(refused)?;
                let why = self.verdict(&device).await.map_err(refused)?;
                Ok(Chosen { device, why })
            }
            DeviceChoice::Auto => match self.webgpu(WeightsOnDevice::F32).await {
                Ok(device) => Ok(match self.verdict(&device).await {
                    Ok(why) => Chosen { device, why },
                    Err(why) => self.on_cpu(why),
                }),
                Err(reason) => Ok(self.on_cpu(reason)),
            },
        }
    }

    /// Whether this is the processor.
    pub(crate) fn is_cpu(&self, device: &Device) -> bool {
        Rc::ptr_eq(&self.cpu, device)
    }

    /// Goes on without the graphics processor, whatever is asked for.
    pub(crate) fn give_up_webgpu(&mut self, why: String) {
        self.forget_webgpu();
        self.instead = Some(why);
    }

    /// Opens the graphics processor anew when it is next needed.
    pub(crate) fn forget_webgpu(&mut self) {
        self.webgpu = None;
        self.verdict = None;
    }

    fn on_cpu(&self, why: String) -> Chosen {
        Chosen {
            device: self.cpu.clone(),
            why,
        }
    }

    async fn webgpu(&mut self, weights: WeightsOnDevice) -> Result<Device, String> {
        match &self.webgpu {
            Some((known, device)) if *known == weights => return Ok(device.clone()),
            Some(_) => self.forget_webgpu(),
            None => {}
        }
        let opened = self.source.open_webgpu(weights).await?;
        self.webgpu = Some((weights, opened.clone()));
        Ok(opened)
    }

    async fn verdict(&mut self, webgpu: &Device) -> Result<String, String> {
        if let Some(known) = &self.verdict {
            return known.clone();
        }
        let verdict = match &self.webgpu {
            Some((WeightsOnDevice::F16, _)) => self.judge_rounded(webgpu).await,
            _ => self.judge(webgpu).await,
        };
        self.verdict = Some(verdict.clone());
        verdict
    }

    /// Whether the graphics processor is one, and computes what the processor does.
    async fn judge(&self, webgpu: &Device) -> Result<String, String> {
        if webgpu.is_emulated() {
            return Err("the only graphics processor is a program on the processor".to_owned());
        }
        let apart = self.compare(webgpu, TOLERANCE).await?;
        Ok(format!(
            "a small attribution on it agrees with the processor's within {apart:.0e}"
        ))
    }

    /// Whether weights as 16-bit floats change little enough.
    async fn judge_rounded(&self, webgpu: &Device) -> Result<String, String> {
        let apart = self.compare(webgpu, F16_TOLERANCE).await?;
        Ok(format!(
            "it was asked for; with weights as 16-bit floats a small attribution differs from \
             the processor's by {apart:.0e} of its largest value"
        ))
    }

    /// How far a small attribution on a graphics processor is from the processor's, in
    /// parts of the largest value.
    async fn compare(&self, webgpu: &Device, tolerance: f32) -> Result<f32, String> {
        let expected = attribution_on(&self.cpu).await;
        let expected = expected.map_err(|error| error.to_string())?;
        let found = attribution_on(webgpu).await;
        let found = found.map_err(|error| format!("a small attribution failed on it: {error}"))?;
        difference(&expected, &found, tolerance).map_err(|relative| {
            format!(
                "a small attribution on the graphics processor differs from the processor's by \
                 {relative:.0e} of its largest value"
            )
        })
    }
}

fn unavailable(device: &str, reason: &str) -> Failure {
    Failure {
        kind: FailureKind::NoDevice,
        message: format!("device {device} is not available: {reason}"),
        hint: Some("choose cpu, which is slower and always there, or auto".to_owned()),
    }
}
