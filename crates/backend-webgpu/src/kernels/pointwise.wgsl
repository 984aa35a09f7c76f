// out[i] = program(a[..], b[..], c[..]), value by value.
//
// The output's axes are given by `lengths`, outermost first, after neighbors that every
// input walks alike were merged; each input has a stride for each of them, 0 where it
// repeats. A program is a list of steps on one value, which begins as a's: so one
// kernel does every sum, product, nonlinearity, broadcast and exchange of axes, and
// several of them at once.
//
// `by_fours` makes four neighbors on the last axis together, where its length is a
// multiple of 4 and every stride allows it; `one_by_one` does the rest. Threads past
// the end do nothing.

struct Arguments {
    n: u32,
    n_axes: u32,
    n_steps: u32,
    unused: u32,
    lengths: array<vec4<u32>, 2>,
    strides_a: array<vec4<u32>, 2>,
    strides_b: array<vec4<u32>, 2>,
    strides_c: array<vec4<u32>, 2>,
    // Code, and the bits of its constant; two steps in each.
    steps: array<vec4<u32>, 4>,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> a4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b4: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> c4: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out4: array<vec4<f32>>;

const GELU_ROOT: f32 = 0.7978845608; // √(2/π)
const GELU_CUBIC: f32 = 0.044715;
const ROOT_HALF: f32 = 0.7071067812;
const DENSITY: f32 = 0.3989422804; // 1/√(2π)

fn tangent(x: vec4<f32>) -> vec4<f32> {
    // Beyond 10 it is 1 to all digits, and the exponential stays finite.
    let u = clamp(x, vec4(-10.0), vec4(10.0));
    return 1.0 - 2.0 / (1.0 + exp(2.0 * u));
}

// The error function as a rational of odd degree; coefficients as in Eigen and XLA.
fn error_function(x: vec4<f32>) -> vec4<f32> {
    let u = clamp(x, vec4(-4.0), vec4(4.0));
    let s = u * u;
    var above = vec4(-2.72614225801306e-10);
    above = above * s + 2.77068142495902e-08;
    above = above * s - 2.10102402082508e-06;
    above = above * s - 5.69250639462346e-05;
    above = above * s - 7.34990630326855e-04;
    above = above * s - 2.95459980854025e-03;
    above = above * s - 1.60960333262415e-02;
    var below = vec4(-1.45660718464996e-05);
    below = below * s - 2.13374055278905e-04;
    below = below * s - 1.68282697438203e-03;
    below = below * s - 7.37332916720468e-03;
    below = below * s - 1.42647390514189e-02;
    return u * above / below;
}

// 1 / (1 + exp(−x)), without an exponential that overflows.
fn sigmoid(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp(min(-x, vec4(87.0))));
}

fn gelu_new_tangent(x: vec4<f32>) -> vec4<f32> {
    return tangent(GELU_ROOT * (x + GELU_CUBIC * x * x * x));
}

// Codes as in `expression.rs`, the only other place that knows them.
fn stepped(code: u32, x: vec4<f32>, y: vec4<f32>, z: vec4<f32>, factor: f32) -> vec4<f32> {
    switch code {
        case 0u: { return x + y; }
        case 1u: { return x - y; }
        case 2u: { return x * y; }
        case 3u: { return x / y; }
        case 4u: { return x * factor; }
        case 5u: { return exp(x); }
        case 6u: { return sqrt(x); }
        case 7u: { return log(x); }
        case 8u: { return 0.5 * x * (1.0 + gelu_new_tangent(x)); }
        case 9u: { return 0.5 * x * (1.0 + error_function(x * ROOT_HALF)); }
        case 10u: { return max(x, vec4(0.0)); }
        case 11u: { return x * sigmoid(x); }
        case 12u: {
            let t = gelu_new_tangent(x);
            // Where the tangent is flat, its square is 1; the cubic must stay finite for
            // their product to be 0.
            let near = clamp(x, vec4(-100.0), vec4(100.0));
            let inner = GELU_ROOT * (1.0 + 3.0 * GELU_CUBIC * near * near);
            return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner;
        }
        case 13u: {
            let below = 0.5 * (1.0 + error_function(x * ROOT_HALF));
            return below + x * DENSITY * exp(max(-0.5 * x * x, vec4(-87.0)));
        }
        case 14u: { return select(vec4(0.0), vec4(1.0), x > vec4(0.0)); }
        case 15u: {
            let s = sigmoid(x);
            return s * (1.0 + x * (1.0 - s));
        }
        // The third input's turn: as codes 0 to 3.
        case 16u: { return x + z; }
        case 17u: { return x - z; }
        case 18u: { return x * z; }
        case 19u: { return x / z; }
        // The other way around: y − x, y / x.
        case 20u: { return y - x; }
        case 21u: { return y / x; }
        case 22u: { return z - x; }
        case 23u: { return z / x; }
        default: { return x; }
    }
}

fn made(x: vec4<f32>, y: vec4<f32>, z: vec4<f32>) -> vec4<f32> {
    var value = x;
    for (var step = 0u; step < arguments.n_steps; step++) {
        let two = arguments.steps[step / 2u];
        let one = select(two.xy, two.zw, (step & 1u) == 1u);
        value = stepped(one.x, value, y, z, bitcast<f32>(one.y));
    }
    return value;
}

// Where output number `i` stands in a, b and c.
fn places(i: u32) -> vec3<u32> {
    var rest = i;
    var at = vec3(0u);
    for (var left = arguments.n_axes; left > 0u; left--) {
        let axis = left - 1u;
        let piece = axis / 4u;
        let part = axis % 4u;
        var index = rest;
        if axis > 0u {
            let length = arguments.lengths[piece][part];
            index = rest % length;
            rest = rest / length;
        }
        at += index * vec3(
            arguments.strides_a[piece][part],
            arguments.strides_b[piece][part],
            arguments.strides_c[piece][part],
        );
    }
    return at;
}

fn last_stride(strides: array<vec4<u32>, 2>) -> u32 {
    let axis = arguments.n_axes - 1u;
    if axis < 4u {
        return strides[0][axis];
    }
    return strides[1][axis - 4u];
}

@compute @workgroup_size(256)
fn one_by_one(thread: Thread) {
    let i = thread_number(thread);
    if i >= arguments.n {
        return;
    }
    let at = places(i);
    out[i] = made(vec4(a[at.x]), vec4(b[at.y]), vec4(c[at.z])).x;
}

@compute @workgroup_size(256)
fn by_fours(thread: Thread) {
    let i = thread_number(thread) * 4u;
    if i >= arguments.n {
        return;
    }
    let at = places(i);
    var x = a4[at.x / 4u];
    var y = b4[at.y / 4u];
    var z = c4[at.z / 4u];
    if last_stride(arguments.strides_a) == 0u {
        x = vec4(x[at.x % 4u]);
    }
    if last_stride(arguments.strides_b) == 0u {
        y = vec4(y[at.y % 4u]);
    }
    if last_stride(arguments.strides_c) == 0u {
        z = vec4(z[at.z % 4u]);
    }
    out4[i / 4u] = made(x, y, z);
}
