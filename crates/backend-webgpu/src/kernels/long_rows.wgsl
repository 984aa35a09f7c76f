// What is computed along the last axis: of each row, from all of its values, for rows
// that are too long to be held (see `rows.wgsl`): values are read again each time. See
// `shared/rows.wgsl` for the rows.

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
