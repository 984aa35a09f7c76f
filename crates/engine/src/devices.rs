use std::rc::Rc;

use hub::LocalFuture;
use protocol::{DeviceChoice, Failure, FailureKind};
use tensor::Device;

use crate::Answer;
use crate::probe::{attribution_on, difference};

/// The devices that an adapter can offer.
pub trait DeviceSource {
    /// The processor: always there.
    fn cpu(&self) -> Device;

    /// A graphics processor, opened now. The error says, in words that can follow a
    /// colon, why there is none.
    fn open_webgpu(&self) -> LocalFuture<'_, Result<Device, String>>;
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
    webgpu: Option<Device>,
    /// Why `auto` does, or does not, take the graphics processor; for one that is open.
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
            DeviceChoice::Webgpu => match self.webgpu().await {
                Ok(device) => Ok(Chosen {
                    device,
                    why: "it was asked for".to_owned(),
                }),
                Err(reason) => Err(Failure {
                    kind: FailureKind::NoDevice,
                    message: format!("device webgpu is not available: {reason}"),
                    hint: Some("choose cpu, which is slower and always there, or auto".to_owned()),
                }),
            },
            DeviceChoice::Auto => match self.webgpu().await {
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

    async fn webgpu(&mut self) -> Result<Device, String> {
        if let Some(known) = &self.webgpu {
            return Ok(known.clone());
        }
        let opened = self.source.open_webgpu().await?;
        self.webgpu = Some(opened.clone());
        Ok(opened)
    }

    async fn verdict(&mut self, webgpu: &Device) -> Result<String, String> {
        if let Some(known) = &self.verdict {
            return known.clone();
        }
        let verdict = self.judge(webgpu).await;
        self.verdict = Some(verdict.clone());
        verdict
    }

    /// Whether the graphics processor is one, and computes what the processor does.
    async fn judge(&self, webgpu: &Device) -> Result<String, String> {
        if webgpu.is_emulated() {
            return Err("the only graphics processor is a program on the processor".to_owned());
        }
        let expected = attribution_on(&self.cpu).await;
        let expected = expected.map_err(|error| error.to_string())?;
        let found = attribution_on(webgpu).await;
        let found = found.map_err(|error| format!("a small attribution failed on it: {error}"))?;
        match difference(&expected, &found) {
            Ok(relative) => Ok(format!(
                "a small attribution on it agrees with the processor's within {relative:.0e}"
            )),
            Err(relative) => Err(format!(
                "a small attribution on the graphics processor differs from the processor's by \
                 {relative:.0e} of its largest value"
            )),
        }
    }
}
