// What is computed along the last axis: of each row, from all of its values, for rows that
// are too long to be held (see `rows.wgsl`): values are read again each time.
//
// `width` values a row; ROW_THREADS threads (a power of two, set by the variant) work
// on one row, and 256 / ROW_THREADS rows share a workgroup. For the reverse passes b is
// the cotangent, whose rows number `n_rows`; a's rows, of which there are
// `n_own_rows`, repeat. For a masked softmax it is b's rows, the mask's, that repeat;
// layer norm has its weight in b and its bias in c, one row each. Threads of rows past the end take part in the sums, as
// they must, and write nothing.

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

fn largest_of(at: Place) -> f32 {
    var found = a[at.start];
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        found = max(found, a[at.start + i]);
    }
    return row_maximum(found, at.index);
}

// exp(x − largest), where masks lie some 1e38 below.
fn exponential(difference: f32) -> f32 {
    return exp(max(difference, -150.0));
}

@compute @workgroup_size(256)
fn softmax(thread: Thread) {
    let at = place(thread);
    let largest = largest_of(at);
    var sum = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        sum += exponential(a[at.start + i] - largest);
    }
    let total = row_sum(sum, at.index);
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            out[at.start + i] = exponential(a[at.start + i] - largest) / total;
        }
    }
}

// The softmax of a + b.
@compute @workgroup_size(256)
fn masked_softmax(thread: Thread) {
    let at = place(thread);
    var found = a[at.start] + b[at.own_start];
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        found = max(found, a[at.start + i] + b[at.own_start + i]);
    }
    let largest = row_maximum(found, at.index);
    var sum = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        sum += exponential(a[at.start + i] + b[at.own_start + i] - largest);
    }
    let total = row_sum(sum, at.index);
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            let value = a[at.start + i] + b[at.own_start + i];
            out[at.start + i] = exponential(value - largest) / total;
        }
    }
}

@compute @workgroup_size(256)
fn log_softmax(thread: Thread) {
    let at = place(thread);
    let largest = largest_of(at);
    // The sum of exponentials is kept less the 1 of one largest value: what is nearly
    // certain keeps its small logarithm.
    var rest = 0.0;
    var n_largest = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        let difference = a[at.start + i] - largest;
        if difference < 0.0 {
            rest += exponential(difference);
        } else {
            n_largest += 1.0;
        }
    }
    let small = row_sum(rest, at.index);
    let n = row_sum(n_largest, at.index);
    let logarithm = logarithm_of_one_and(small + max(n - 1.0, 0.0));
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            out[at.start + i] = (a[at.start + i] - largest) - logarithm;
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
fn moments(at: Place, start: u32) -> vec2<f32> {
    let n = f32(arguments.width);
    var sum = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        sum += a[start + i];
    }
    let mean = row_sum(sum, at.index) / n;
    var squares = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        let difference = a[start + i] - mean;
        squares += difference * difference;
    }
    let variance = row_sum(squares, at.index) / n;
    return vec2(mean, 1.0 / sqrt(variance + arguments.epsilon));
}

@compute @workgroup_size(256)
fn normalize_rows(thread: Thread) {
    let at = place(thread);
    let known = moments(at, at.start);
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            out[at.start + i] = (a[at.start + i] - known.x) * known.y;
        }
    }
}

// Normalized, times b, plus c.
@compute @workgroup_size(256)
fn layer_norm(thread: Thread) {
    let at = place(thread);
    let known = moments(at, at.start);
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            out[at.start + i] = (a[at.start + i] - known.x) * known.y * b[i] + c[i];
        }
    }
}

@compute @workgroup_size(256)
fn inverse_deviation(thread: Thread) {
    let at = place(thread);
    let known = moments(at, at.start);
    if at.is_there && at.lane == 0u {
        out[at.row] = known.y;
    }
}

@compute @workgroup_size(256)
fn sum_rows(thread: Thread) {
    let at = place(thread);
    var sum = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        sum += a[at.start + i];
    }
    let total = row_sum(sum, at.index);
    if at.is_there && at.lane == 0u {
        out[at.row] = total;
    }
}

@compute @workgroup_size(256)
fn softmax_pullback(thread: Thread) {
    let at = place(thread);
    var sum = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        sum += a[at.own_start + i] * b[at.start + i];
    }
    let total = row_sum(sum, at.index);
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            out[at.start + i] = a[at.own_start + i] * (b[at.start + i] - total);
        }
    }
}

@compute @workgroup_size(256)
fn normalize_pullback(thread: Thread) {
    let at = place(thread);
    let n = f32(arguments.width);
    let known = moments(at, at.own_start);
    var sum = 0.0;
    var products = 0.0;
    for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
        let cotangent = b[at.start + i];
        sum += cotangent;
        products += cotangent * (a[at.own_start + i] - known.x);
    }
    let mean = row_sum(sum, at.index) / n;
    let along = row_sum(products, at.index) * known.y / n;
    if at.is_there {
        for (var i = at.lane; i < arguments.width; i += ROW_THREADS) {
            let normalized = (a[at.own_start + i] - known.x) * known.y;
            out[at.start + i] = (b[at.start + i] - mean - normalized * along) * known.y;
        }
    }
}
