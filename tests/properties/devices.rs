//! What an engine does about devices: which one it takes and why, and how it goes on when
//! one has no room, or is lost.

use std::cell::RefCell;
use std::rc::Rc;

use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use engine::{DeviceSource, Engine, WeightsOnDevice};
use futures::executor::block_on;
use hub::LocalFuture;
use inseq_tests::only_cpu::OnlyCpu;
use inseq_tests::tiny_models::engine_with;
use inseq_tests::tolerance::{ROUNDED_WEIGHTS, within};
use inseq_tests::webgpu::{WithWebGpu, webgpu};
use protocol::{AttributeRequest, DeviceChoice, Event, FailureKind, OptionValue, Request, Work};
use tensor::Device;

fn attribute(engine: &mut Engine, device: DeviceChoice) -> Vec<Event> {
    let mut asked = AttributeRequest::new("gpt2", "The capital of France is");
    asked.method = "integrated_gradients".to_owned();
    let points = OptionValue::Integer(16);
    asked.method_options.insert("n_steps".to_owned(), points);
    asked.generation.max_new_tokens = Some(4);
    let request = Request {
        id: 1,
        device,
        memory_budget_mb: None,
        work: Work::Attribute(asked),
    };
    let mut events = Vec::new();
    block_on(engine.carry_out(&request, &mut |event| events.push(event)));
    events
}

/// The device that made the result at the end.
fn made_on(events: &[Event]) -> String {
    let Some(Event::Attributed { inseq_json }) = events.last() else {
        panic!("no result: {:?}", events.last())
    };
    let output = attribution_output::from_inseq_json(inseq_json).unwrap();
    output.info["device"].as_str().unwrap().to_owned()
}

fn reasons(events: &[Event]) -> Vec<String> {
    let reasons = events.iter().filter_map(|event| match event {
        Event::DeviceChosen(chosen) => Some(chosen.why.clone()),
        _ => None,
    });
    reasons.collect()
}

fn notices(events: &[Event]) -> Vec<String> {
    let notices = events.iter().filter_map(|event| match event {
        Event::Notice { message } => Some(message.clone()),
        _ => None,
    });
    notices.collect()
}

#[test]
fn without_a_graphics_processor_auto_takes_the_processor_and_says_why() {
    let mut engine = engine_with(Box::new(OnlyCpu));
    let events = attribute(&mut engine, DeviceChoice::Auto);
    assert_eq!(made_on(&events), "cpu");
    assert_eq!(reasons(&events), ["this machine has none"]);
    // It is said once.
    let events = attribute(&mut engine, DeviceChoice::Auto);
    assert_eq!(reasons(&events), [""; 0]);
}

#[test]
fn a_graphics_processor_that_is_not_there_is_refused_by_name() {
    let events = attribute(&mut engine_with(Box::new(OnlyCpu)), DeviceChoice::Webgpu);
    let Some(Event::Failed(failure)) = events.last() else {
        panic!("{:?}", events.last())
    };
    assert_eq!(failure.kind, FailureKind::NoDevice);
    assert_eq!(
        failure.message,
        "device webgpu is not available: this machine has none"
    );
    assert!(failure.hint.as_deref().unwrap().contains("choose cpu"));
}

#[test]
fn weights_of_sixteen_bits_are_a_device_of_their_own() {
    let options = OpenOptions::default();
    let Some(plain) = webgpu(&options) else {
        return;
    };
    let mut engine = engine_with(Box::new(WithWebGpu { options }));
    let rounded = attribute(&mut engine, DeviceChoice::WebgpuF16);
    if !plain.report().has_f16 {
        let Some(Event::Failed(failure)) = rounded.last() else {
            panic!("{:?}", rounded.last())
        };
        assert!(failure.message.contains("16-bit floats"), "{failure:?}");
        return println!("SKIPPED: 16-bit weights: the device does not read them");
    }
    assert_eq!(made_on(&rounded), "webgpu");
    let why = reasons(&rounded).concat();
    assert!(why.contains("with weights as 16-bit floats"), "{why}");
    let values = |events: &[Event]| {
        let Some(Event::Attributed { inseq_json }) = events.last() else {
            panic!("{:?}", events.last())
        };
        let output = attribution_output::from_inseq_json(inseq_json).unwrap();
        let scores = output.sequences[0].target_attributions.clone().unwrap();
        scores.values
    };
    let exact = attribute(&mut engine, DeviceChoice::Webgpu);
    // The model is loaded anew, as it is.
    assert_eq!(reasons(&exact), ["it was asked for"]);
    let (rounded, exact) = (values(&rounded), values(&exact));
    assert_eq!(rounded.len(), exact.len());
    within(ROUNDED_WEIGHTS, &exact, &rounded).unwrap();
    assert!(rounded != exact, "16 bits cannot hold all weights");
}

/// Says that it is a real one, and computes what `inner` does.
struct Pretended {
    webgpu: Rc<WebGpu>,
}

impl DeviceSource for Pretended {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self, _: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>> {
        let device: Device = Rc::new(Real(self.webgpu.clone()));
        Box::pin(async { Ok(device) })
    }
}

struct Real(Rc<WebGpu>);

impl tensor::Backend for Real {
    fn name(&self) -> &'static str {
        "webgpu"
    }

    fn upload(
        &self,
        values: Vec<f32>,
        shape: &tensor::Shape,
        usage: tensor::Usage,
    ) -> tensor::Result<tensor::Buffer> {
        self.0.upload(values, shape, usage)
    }

    fn run(
        &self,
        op: &tensor::Op,
        inputs: &[tensor::Operand<'_>],
        output: &tensor::Shape,
    ) -> tensor::Result<tensor::Buffer> {
        self.0.run(op, inputs, output)
    }

    fn read<'a>(
        &'a self,
        buffer: &'a tensor::Buffer,
    ) -> tensor::LocalFuture<'a, tensor::Result<Vec<f32>>> {
        self.0.read(buffer)
    }
}

#[test]
fn auto_takes_a_graphics_processor_that_agrees_and_no_emulated_one() {
    let options = OpenOptions::default();
    let Some(webgpu) = webgpu(&options) else {
        return;
    };
    if webgpu.report().is_software {
        let mut engine = engine_with(Box::new(WithWebGpu { options }));
        let events = attribute(&mut engine, DeviceChoice::Auto);
        assert_eq!(made_on(&events), "cpu");
        assert!(reasons(&events)[0].contains("a program on the processor"));
    }
    let mut engine = engine_with(Box::new(Pretended { webgpu }));
    let events = attribute(&mut engine, DeviceChoice::Auto);
    assert_eq!(made_on(&events), "webgpu");
    let why = reasons(&events);
    assert!(why[0].contains("agrees with the processor's"), "{why:?}");
}

#[test]
fn a_device_without_room_is_asked_for_less_and_then_left() {
    if webgpu(&OpenOptions::default()).is_none() {
        return;
    }
    let expected = attribute(&mut engine_with(Box::new(OnlyCpu)), DeviceChoice::Cpu);
    // Less and less room: enough for pieces at first, in the end not for the model.
    let mut ways = Vec::new();
    for kilobytes in [4000, 2000, 1300, 900, 600, 100] {
        let options = OpenOptions {
            room_bytes: Some(kilobytes * 1000),
            ..OpenOptions::default()
        };
        let mut engine = engine_with(Box::new(WithWebGpu { options }));
        let events = attribute(&mut engine, DeviceChoice::Webgpu);
        let (device, notices) = (made_on(&events), notices(&events));
        println!("{kilobytes} kB: {device}, {notices:?}");
        let is_less = notices
            .iter()
            .any(|notice| notice.contains("less is computed"));
        let is_left = notices
            .iter()
            .any(|notice| notice.contains("processor goes on"));
        assert_eq!(is_left, device == "cpu", "{kilobytes} kB: {notices:?}");
        ways.push((device, is_less));
        compare(&expected, &events);
    }
    let has = |device: &str, is_less: bool| ways.contains(&(device.to_owned(), is_less));
    assert!(has("webgpu", false), "enough room is enough: {ways:?}");
    assert!(
        has("webgpu", true),
        "smaller pieces were never tried: {ways:?}"
    );
    assert!(has("cpu", false), "the processor never went on: {ways:?}");
}

/// The same texts and nearly the same numbers.
fn compare(expected: &[Event], found: &[Event]) {
    let values = |events: &[Event]| {
        let Some(Event::Attributed { inseq_json }) = events.last() else {
            panic!("no result: {:?}", events.last())
        };
        let output = attribution_output::from_inseq_json(inseq_json).unwrap();
        let scores = output.sequences[0].target_attributions.as_ref().unwrap();
        scores.values.clone()
    };
    inseq_tests::tolerance::within(
        inseq_tests::tolerance::GOLDEN,
        &values(expected),
        &values(found),
    )
    .unwrap();
}

/// A graphics processor that is lost when it has been used for a while, a given number
/// of times.
struct Faulty {
    n_faults: RefCell<usize>,
}

impl DeviceSource for Faulty {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self, _: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>> {
        Box::pin(async {
            let opened = WebGpu::open(&OpenOptions::default()).await;
            let device = opened.map_err(|error| error.to_string())?;
            let mut left = self.n_faults.borrow_mut();
            if *left > 0 {
                *left -= 1;
                // As when the system resets its graphics.
                device.lose();
            }
            let device: Device = device;
            Ok(device)
        })
    }
}

#[test]
fn a_lost_device_is_opened_again_once_and_then_left() {
    if webgpu(&OpenOptions::default()).is_none() {
        return;
    }
    let expected = attribute(&mut engine_with(Box::new(OnlyCpu)), DeviceChoice::Cpu);
    for (n_faults, device) in [(1, "webgpu"), (2, "cpu")] {
        let n_faults = RefCell::new(n_faults);
        let mut engine = engine_with(Box::new(Faulty { n_faults }));
        let events = attribute(&mut engine, DeviceChoice::Webgpu);
        assert_eq!(made_on(&events), device);
        let notices = notices(&events);
        assert!(notices[0].contains("was lost"), "{notices:?}");
        compare(&expected, &events);
    }
}
