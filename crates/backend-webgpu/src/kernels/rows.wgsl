// What is computed along the last axis: of each row, from all of its values.
//
// `width` values a row; ROW_THREADS threads (a power of two, set by the variant) work
// on one row, and 256 / ROW_THREADS rows share a workgroup. For the reverse passes b is
// the cotangent, whose rows number `n_rows`; a's rows, of which there are
// `n_own_rows`, repeat. For a masked softmax it is b's rows, the mask's, that repeat;
// layer norm has its weight in b and its bias in c, one row each. Threads of rows past the end take part in the sums, as
// they must, and write nothing.

// Values of a row that a thread has to do with are read once and held, as many as HELD
// (set by the variant); in rows that are too long for that HELD is 0, and they are read
// again each time.

struct Arguments {
    n_rows: u32,
    n_own_rows: u32,
    width: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

// A thread's place: its row, its number among the row's threads, and where the row
// begins, in the result and in a.
struct Place {
    row: u32,
    lane: u32,
    // In its workgroup.
    index: u32,
    start: u32,
    own_start: u32,
    is_there: bool,
}

fn place(thread: Thread) -> Place {
    let rows_together = 256u / ROW_THREADS;
    let row = group_number(thread) * rows_together + thread.index / ROW_THREADS;
    let is_there = row < arguments.n_rows;
    let known = select(0u, row, is_there);
    return Place(
        row,
        thread.index % ROW_THREADS,
        thread.index,
        known * arguments.width,
        (known % arguments.n_own_rows) * arguments.width,
        is_there,
    );
}

alias Values = array<f32, max(HELD, 1u)>;

// How many values a thread has to do with, the last of which may be past the row's end.
fn n_each() -> u32 {
    // Known when a held variant is compiled: its loops have a fixed length.
    if HELD > 0u {
        return HELD;
    }
    return (arguments.width + ROW_THREADS - 1u) / ROW_THREADS;
}

// A thread's value number `each` stands here in its row.
fn column(at: Place, each: u32) -> u32 {
    return at.lane + each * ROW_THREADS;
}

// Reads the values to be held of the row of a that starts at `start`.
fn held_of_a(at: Place, start: u32) -> Values {
    var values: Values;
    for (var each = 0u; each < HELD; each++) {
        let i = column(at, each);
        if i < arguments.width {
            values[each] = a[start + i];
        }
    }
    return values;
}

fn held_of_b(at: Place, start: u32) -> Values {
    var values: Values;
    for (var each = 0u; each < HELD; each++) {
        let i = column(at, each);
        if i < arguments.width {
            values[each] = b[start + i];
        }
    }
    return values;
}

// A value of a, held or read again.
fn of_a(values: ptr<function, Values>, start: u32, i: u32, each: u32) -> f32 {
    if HELD > 0u {
        return (*values)[each];
    }
    return a[start + i];
}

fn of_b(values: ptr<function, Values>, start: u32, i: u32, each: u32) -> f32 {
    if HELD > 0u {
        return (*values)[each];
    }
    return b[start + i];
}

// exp(x − largest), where masks lie some 1e38 below.
fn exponential(difference: f32) -> f32 {
    return exp(max(difference, -150.0));
}

@compute @workgroup_size(256)
fn softmax(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    var found = a[at.start];
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            found = max(found, of_a(&own, at.start, i, each));
        }
    }
    let largest = row_maximum(found, at.index);
    var sum = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            sum += exponential(of_a(&own, at.start, i, each) - largest);
        }
    }
    let total = row_sum(sum, at.index);
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            out[at.start + i] = exponential(of_a(&own, at.start, i, each) - largest) / total;
        }
    }
}

// The softmax of a + b.
@compute @workgroup_size(256)
fn masked_softmax(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    var mask = held_of_b(at, at.own_start);
    var found = a[at.start] + b[at.own_start];
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            let value = of_a(&own, at.start, i, each) + of_b(&mask, at.own_start, i, each);
            found = max(found, value);
        }
    }
    let largest = row_maximum(found, at.index);
    var sum = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            let value = of_a(&own, at.start, i, each) + of_b(&mask, at.own_start, i, each);
            sum += exponential(value - largest);
        }
    }
    let total = row_sum(sum, at.index);
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            let value = of_a(&own, at.start, i, each) + of_b(&mask, at.own_start, i, each);
            out[at.start + i] = exponential(value - largest) / total;
        }
    }
}

@compute @workgroup_size(256)
fn log_softmax(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    var found = a[at.start];
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            found = max(found, of_a(&own, at.start, i, each));
        }
    }
    let largest = row_maximum(found, at.index);
    // The sum of exponentials is kept less the 1 of one largest value: what is nearly
    // certain keeps its small logarithm.
    var rest = 0.0;
    var n_largest = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            let difference = of_a(&own, at.start, i, each) - largest;
            if difference < 0.0 {
                rest += exponential(difference);
            } else {
                n_largest += 1.0;
            }
        }
    }
    let small = row_sum(rest, at.index);
    let n = row_sum(n_largest, at.index);
    let logarithm = logarithm_of_one_and(small + max(n - 1.0, 0.0));
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            out[at.start + i] = (of_a(&own, at.start, i, each) - largest) - logarithm;
        }
    }
}

fn logarithm_of_one_and(x: f32) -> f32 {
    if x > 0.25 {
        return log(1.0 + x);
    }
    // 2 artanh(x / (2 + x)), whose argument is at most 1/9 here.
    let u = x / (2.0 + x);
    let s = u * u;
    return 2.0 * u * (1.0 + s * (1.0 / 3.0 + s * (0.2 + s * (1.0 / 7.0 + s / 9.0))));
}

// Mean, and 1 / √(variance + epsilon), of the row of a that starts at `start`.
fn moments(values: ptr<function, Values>, at: Place, start: u32) -> vec2<f32> {
    let n = f32(arguments.width);
    var sum = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            sum += of_a(values, start, i, each);
        }
    }
    let mean = row_sum(sum, at.index) / n;
    var squares = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            let difference = of_a(values, start, i, each) - mean;
            squares += difference * difference;
        }
    }
    let variance = row_sum(squares, at.index) / n;
    return vec2(mean, 1.0 / sqrt(variance + arguments.epsilon));
}

@compute @workgroup_size(256)
fn normalize_rows(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    let known = moments(&own, at, at.start);
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            out[at.start + i] = (of_a(&own, at.start, i, each) - known.x) * known.y;
        }
    }
}

// Normalized, times b, plus c.
@compute @workgroup_size(256)
fn layer_norm(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    let known = moments(&own, at, at.start);
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            let normalized = (of_a(&own, at.start, i, each) - known.x) * known.y;
            out[at.start + i] = normalized * b[i] + c[i];
        }
    }
}

@compute @workgroup_size(256)
fn inverse_deviation(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    let known = moments(&own, at, at.start);
    if at.is_there && at.lane == 0u {
        out[at.row] = known.y;
    }
}

@compute @workgroup_size(256)
fn sum_rows(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.start);
    var sum = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            sum += of_a(&own, at.start, i, each);
        }
    }
    let total = row_sum(sum, at.index);
    if at.is_there && at.lane == 0u {
        out[at.row] = total;
    }
}

@compute @workgroup_size(256)
fn softmax_pullback(thread: Thread) {
    let at = place(thread);
    var own = held_of_a(at, at.own_start);
    var cotangents = held_of_b(at, at.start);
    var sum = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            let value = of_a(&own, at.own_start, i, each);
            sum += value * of_b(&cotangents, at.start, i, each);
        }
    }
    let total = row_sum(sum, at.index);
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            let value = of_a(&own, at.own_start, i, each);
            out[at.start + i] = value * (of_b(&cotangents, at.start, i, each) - total);
        }
    }
}

@compute @workgroup_size(256)
fn normalize_pullback(thread: Thread) {
    let at = place(thread);
    let n = f32(arguments.width);
    var own = held_of_a(at, at.own_start);
    var cotangents = held_of_b(at, at.start);
    let known = moments(&own, at, at.own_start);
    var sum = 0.0;
    var products = 0.0;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width {
            let cotangent = of_b(&cotangents, at.start, i, each);
            sum += cotangent;
            products += cotangent * (of_a(&own, at.own_start, i, each) - known.x);
        }
    }
    let mean = row_sum(sum, at.index) / n;
    let along = row_sum(products, at.index) * known.y / n;
    for (var each = 0u; each < n_each(); each++) {
        let i = column(at, each);
        if i < arguments.width && at.is_there {
            let normalized = (of_a(&own, at.own_start, i, each) - known.x) * known.y;
            let cotangent = of_b(&cotangents, at.start, i, each);
            out[at.start + i] = (cotangent - mean - normalized * along) * known.y;
        }
    }
}
