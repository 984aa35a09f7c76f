//! About how long a method takes with a model that is not there yet.

use attribution::RunSize;
use models::WeightsSize;
use protocol::{Estimate, EstimatedMethod, Event};
use tensor::{BackAxis, Device, Tensor, Usage};

use crate::describe::option_values;
use crate::failure::{failure_from_attribution, failure_from_tensor};
use crate::fetch::BESIDE_WEIGHTS_BYTES;
use crate::{Answer, Engine};

/// A sentence that people try: a dozen tokens given, a dozen written.
const GIVEN_TOKENS: usize = 12;
const ATTRIBUTED_TOKENS: usize = 12;

/// What the calibration multiplies: the tokens of that sentence by a matrix as GPT-2's
/// feed-forward blocks have it.
const WIDTH: usize = 768;
const INNER_WIDTH: usize = 3072;

/// Shorter times say little by a browser's clock.
const LEAST_SECS: f64 = 0.05;

/// A device that is this fast makes every estimate a moment.
const MOST_PRODUCTS: usize = 1 << 10;

/// How fast a device multiplies.
pub(crate) struct Calibration {
    device: Device,
    /// Multiplications, each with an addition.
    per_sec: f64,
}

impl Engine {
    /// What a method costs for a sentence; `None` without a clock.
    pub(crate) async fn estimate(
        &mut self,
        asked: &EstimatedMethod,
        model: WeightsSize,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Option<Estimate>> {
        let size = RunSize {
            n_tokens: GIVEN_TOKENS + ATTRIBUTED_TOKENS,
            n_targets: ATTRIBUTED_TOKENS,
            n_layers: model.n_layers,
        };
        let options = option_values(&asked.method_options);
        let n_passes = attribution::n_passes(&asked.method, &options, size)
            .map_err(|error| failure_from_attribution(&error))?;
        let device = self.choose_device(emit).await?;
        let Some(per_sec) = self.speed_of(&device).await? else {
            return Ok(None);
        };
        let of_pass = size.n_tokens as f64 * model.per_token as f64
            + size.n_targets as f64 * model.per_choice as f64;
        Ok(Some(Estimate {
            method: asked.method.clone(),
            device: device.name().to_owned(),
            n_given_tokens: GIVEN_TOKENS,
            n_attributed_tokens: ATTRIBUTED_TOKENS,
            secs: n_passes * of_pass / per_sec,
            memory_bytes: device
                .weights_memory_bytes(model.f32_bytes)
                .saturating_add(BESIDE_WEIGHTS_BYTES),
        }))
    }

    /// Measured once for each device.
    async fn speed_of(&mut self, device: &Device) -> Answer<Option<f64>> {
        if let Some(known) = &self.calibration
            && std::rc::Rc::ptr_eq(&known.device, device)
        {
            return Ok(Some(known.per_sec));
        }
        let per_sec = multiplications_per_sec(device, self.clock_secs).await;
        let per_sec = per_sec.map_err(|error| failure_from_tensor(&error))?;
        self.calibration = per_sec.map(|per_sec| Calibration {
            device: device.clone(),
            per_sec,
        });
        Ok(per_sec)
    }
}

/// `None` if the clock stands still.
async fn multiplications_per_sec(
    device: &Device,
    clock_secs: fn() -> f64,
) -> tensor::Result<Option<f64>> {
    let n_tokens = GIVEN_TOKENS + ATTRIBUTED_TOKENS;
    let rows = Tensor::upload(
        device,
        vec![0.5; n_tokens * WIDTH],
        [n_tokens, WIDTH],
        Usage::Value,
    )?;
    let matrix = Tensor::upload(
        device,
        vec![0.5; WIDTH * INNER_WIDTH],
        [WIDTH, INNER_WIDTH],
        Usage::Weight,
    )?;
    let mut n_products = 1;
    loop {
        let started_secs = clock_secs();
        let mut made = rows.matmul(&matrix)?;
        for _ in 1..n_products {
            made = rows.matmul(&matrix)?;
        }
        made.sum(BackAxis(0))?.read().await?;
        let taken_secs = clock_secs() - started_secs;
        // The first round is also the one in which everything is made ready.
        if n_products > 1 && (taken_secs >= LEAST_SECS || n_products >= MOST_PRODUCTS) {
            let n_multiplications = (n_products * n_tokens * WIDTH * INNER_WIDTH) as f64;
            return Ok((taken_secs > 0.0).then(|| n_multiplications / taken_secs));
        }
        n_products *= 2;
    }
}
