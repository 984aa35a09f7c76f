// What is computed along the last axis: of each row, from all of its values, which are
// read once. See `shared/rows.wgsl` for the rows.
//
// Each thread holds 4·N_FOURS values (at most 16), ROW_THREADS apart, in named vectors:
// compilers would keep an array in memory.

// A thread's values of a row.
struct Held {
    first: vec4<f32>,
    second: vec4<f32>,
    third: vec4<f32>,
    fourth: vec4<f32>,
}

// Where a thread's value number `each` stands in its row.
fn column(at: Place, each: u32) -> u32 {
    return at.lane + each * ROW_THREADS;
}

fn one_of_a(start: u32, i: u32, past: f32) -> f32 {
    if i < arguments.width {
        return a[start + i];
    }
    return past;
}

fn one_of_b(start: u32, i: u32, past: f32) -> f32 {
    if i < arguments.width {
        return b[start + i];
    }
    return past;
}

fn four_of_a(at: Place, start: u32, each: u32, past: f32) -> vec4<f32> {
    return vec4(
        one_of_a(start, column(at, each), past),
        one_of_a(start, column(at, each + 1u), past),
        one_of_a(start, column(at, each + 2u), past),
        one_of_a(start, column(at, each + 3u), past),
    );
}

fn four_of_b(at: Place, start: u32, each: u32, past: f32) -> vec4<f32> {
    return vec4(
        one_of_b(start, column(at, each), past),
        one_of_b(start, column(at, each + 1u), past),
        one_of_b(start, column(at, each + 2u), past),
        one_of_b(start, column(at, each + 3u), past),
    );
}

// A row of a, with `past` where it has ended.
fn held_of_a(at: Place, start: u32, past: f32) -> Held {
    var held = Held(four_of_a(at, start, 0u, past), vec4(past), vec4(past), vec4(past));
    if N_FOURS > 1u {
        held.second = four_of_a(at, start, 4u, past);
        held.third = four_of_a(at, start, 8u, past);
        held.fourth = four_of_a(at, start, 12u, past);
    }
    return held;
}

fn held_of_b(at: Place, start: u32, past: f32) -> Held {
    var held = Held(four_of_b(at, start, 0u, past), vec4(past), vec4(past), vec4(past));
    if N_FOURS > 1u {
        held.second = four_of_b(at, start, 4u, past);
        held.third = four_of_b(at, start, 8u, past);
        held.fourth = four_of_b(at, start, 12u, past);
    }
    return held;
}

fn four_inside(at: Place, each: u32) -> vec4<f32> {
    let columns = vec4(
        column(at, each),
        column(at, each + 1u),
        column(at, each + 2u),
        column(at, each + 3u),
    );
    return select(vec4(0.0), vec4(1.0), columns < vec4(arguments.width));
}

fn product(x: Held, y: Held) -> Held {
    return Held(x.first * y.first, x.second * y.second, x.third * y.third, x.fourth * y.fourth);
}

fn sum(x: Held, y: Held) -> Held {
    return Held(x.first + y.first, x.second + y.second, x.third + y.third, x.fourth + y.fourth);
}

// Each value less `shift`, times `factor`; 0 past the row's end.
fn shifted(at: Place, x: Held, shift: f32, factor: f32) -> Held {
    return Held(
        (x.first - shift) * factor * four_inside(at, 0u),
        (x.second - shift) * factor * four_inside(at, 4u),
        (x.third - shift) * factor * four_inside(at, 8u),
        (x.fourth - shift) * factor * four_inside(at, 12u),
    );
}

fn total_of(at: Place, x: Held) -> f32 {
    let four = (x.first + x.second) + (x.third + x.fourth);
    return row_sum((four.x + four.y) + (four.z + four.w), at.index);
}

fn largest_of(at: Place, x: Held) -> f32 {
    let four = max(max(x.first, x.second), max(x.third, x.fourth));
    return row_maximum(max(max(four.x, four.y), max(four.z, four.w)), at.index);
}

fn write_one(at: Place, each: u32, value: f32) {
    let i = column(at, each);
    if at.is_there && i < arguments.width {
        out[at.start + i] = value;
    }
}

fn write_four(at: Place, each: u32, values: vec4<f32>) {
    write_one(at, each, values.x);
    write_one(at, each + 1u, values.y);
    write_one(at, each + 2u, values.z);
    write_one(at, each + 3u, values.w);
}

fn write(at: Place, x: Held) {
    write_four(at, 0u, x.first);
    if N_FOURS > 1u {
        write_four(at, 4u, x.second);
        write_four(at, 8u, x.third);
        write_four(at, 12u, x.fourth);
    }
}

// Below every value; its exponential is 0.
const LOWEST: f32 = -3.4028234e38;

// exp(x − largest), where masks lie some 1e38 below.
fn exponential(difference: vec4<f32>) -> vec4<f32> {
    return exp(max(difference, vec4(-150.0)));
}

fn exponentials(at: Place, x: Held, largest: f32) -> Held {
    return Held(
        exponential(x.first - largest) * four_inside(at, 0u),
        exponential(x.second - largest) * four_inside(at, 4u),
        exponential(x.third - largest) * four_inside(at, 8u),
        exponential(x.fourth - largest) * four_inside(at, 12u),
    );
}

fn write_softmax(at: Place, own: Held) {
    let largest = largest_of(at, own);
    let powers = exponentials(at, own, largest);
    let total = total_of(at, powers);
    write(at, Held(
        powers.first / total,
        powers.second / total,
        powers.third / total,
        powers.fourth / total,
    ));
}

@compute @workgroup_size(256)
fn softmax(thread: Thread) {
    let at = place(thread);
    write_softmax(at, held_of_a(at, at.start, LOWEST));
}

// The softmax of a + b.
@compute @workgroup_size(256)
fn masked_softmax(thread: Thread) {
    let at = place(thread);
    let own = held_of_a(at, at.start, LOWEST);
    write_softmax(at, sum(own, held_of_b(at, at.own_start, 0.0)));
}

@compute @workgroup_size(256)
fn log_softmax(thread: Thread) {
    let at = place(thread);
    let own = held_of_a(at, at.start, LOWEST);
    let largest = largest_of(at, own);
    // The sum of exponentials is kept less the 1 of one largest value: what is nearly
    // certain keeps its small logarithm.
    let powers = exponentials(at, own, largest);
    let is_largest = Held(
        select(vec4(0.0), vec4(1.0), own.first == vec4(largest)) * four_inside(at, 0u),
        select(vec4(0.0), vec4(1.0), own.second == vec4(largest)) * four_inside(at, 4u),
        select(vec4(0.0), vec4(1.0), own.third == vec4(largest)) * four_inside(at, 8u),
        select(vec4(0.0), vec4(1.0), own.fourth == vec4(largest)) * four_inside(at, 12u),
    );
    let n = total_of(at, is_largest);
    let small = total_of(at, Held(
        powers.first * (1.0 - is_largest.first),
        powers.second * (1.0 - is_largest.second),
        powers.third * (1.0 - is_largest.third),
        powers.fourth * (1.0 - is_largest.fourth),
    ));
    let logarithm = logarithm_of_one_and(small + max(n - 1.0, 0.0));
    let differences = shifted(at, own, largest, 1.0);
    write(at, Held(
        differences.first - logarithm,
        differences.second - logarithm,
        differences.third - logarithm,
        differences.fourth - logarithm,
    ));
}

// Mean, and 1 / √(variance + epsilon).
fn moments(at: Place, own: Held) -> vec2<f32> {
    let n = f32(arguments.width);
    let mean = total_of(at, own) / n;
    let centered = shifted(at, own, mean, 1.0);
    let variance = total_of(at, product(centered, centered)) / n;
    return vec2(mean, 1.0 / sqrt(variance + arguments.epsilon));
}

@compute @workgroup_size(256)
fn normalize_rows(thread: Thread) {
    let at = place(thread);
    let own = held_of_a(at, at.start, 0.0);
    let known = moments(at, own);
    write(at, shifted(at, own, known.x, known.y));
}

// Normalized, times b, plus c.
@compute @workgroup_size(256)
fn layer_norm(thread: Thread) {
    let at = place(thread);
    let own = held_of_a(at, at.start, 0.0);
    let weight = held_of_b(at, 0u, 0.0);
    let known = moments(at, own);
    let scaled = product(shifted(at, own, known.x, known.y), weight);
    write(at, sum(scaled, bias(at)));
}

fn one_of_c(i: u32) -> f32 {
    if i < arguments.width {
        return c[i];
    }
    return 0.0;
}

fn four_of_c(at: Place, each: u32) -> vec4<f32> {
    return vec4(
        one_of_c(column(at, each)),
        one_of_c(column(at, each + 1u)),
        one_of_c(column(at, each + 2u)),
        one_of_c(column(at, each + 3u)),
    );
}

fn bias(at: Place) -> Held {
    var held = Held(four_of_c(at, 0u), vec4(0.0), vec4(0.0), vec4(0.0));
    if N_FOURS > 1u {
        held.second = four_of_c(at, 4u);
        held.third = four_of_c(at, 8u);
        held.fourth = four_of_c(at, 12u);
    }
    return held;
}

@compute @workgroup_size(256)
fn inverse_deviation(thread: Thread) {
    let at = place(thread);
    let known = moments(at, held_of_a(at, at.start, 0.0));
    if at.is_there && at.lane == 0u {
        out[at.row] = known.y;
    }
}

@compute @workgroup_size(256)
fn sum_rows(thread: Thread) {
    let at = place(thread);
    let total = total_of(at, held_of_a(at, at.start, 0.0));
    if at.is_there && at.lane == 0u {
        out[at.row] = total;
    }
}

@compute @workgroup_size(256)
fn softmax_pullback(thread: Thread) {
    let at = place(thread);
    let own = held_of_a(at, at.own_start, 0.0);
    let cotangents = held_of_b(at, at.start, 0.0);
    let total = total_of(at, product(own, cotangents));
    write(at, product(own, shifted(at, cotangents, total, 1.0)));
}

@compute @workgroup_size(256)
fn normalize_pullback(thread: Thread) {
    let at = place(thread);
    let n = f32(arguments.width);
    let own = held_of_a(at, at.own_start, 0.0);
    let cotangents = held_of_b(at, at.start, 0.0);
    let known = moments(at, own);
    let normalized = shifted(at, own, known.x, known.y);
    let mean = total_of(at, cotangents) / n;
    let along = total_of(at, product(cotangents, normalized)) / n;
    let rest = shifted(at, cotangents, mean, known.y);
    write(at, Held(
        rest.first - normalized.first * along * known.y,
        rest.second - normalized.second * along * known.y,
        rest.third - normalized.third * along * known.y,
        rest.fourth - normalized.fourth * along * known.y,
    ));
}
