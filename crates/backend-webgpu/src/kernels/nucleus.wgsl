// 1 for the largest values of each row, 0 for the rest: as few as reach `mass` of the
// softmax together, but at least `n_least`, and of these at most `n_most` and what
// equals the last of them.
//
// One workgroup a row. The rows are not sorted: a place in the ascending order is found
// by halving, first over the values' bits, then over the indices of equal values, of
// which later ones count as larger.

struct Arguments {
    width: u32,
    n_least: u32,
    n_most: u32,
    mass: f32,
    n_rows: u32,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

// What steers a loop with barriers must be the same for all threads, and be known to be:
// browsers refuse a kernel where it is only so.
var<workgroup> agreed: f32;

fn agreed_sum(value: f32, index: u32) -> f32 {
    let total = row_sum(value, index);
    if index == 0u {
        agreed = total;
    }
    return workgroupUniformLoad(&agreed);
}

// Bits that order as the values do.
fn ordered(value: f32) -> u32 {
    // Both zeros are one value.
    let bits = bitcast<u32>(select(value, 0.0, value == 0.0));
    if (bits & 0x80000000u) != 0u {
        return ~bits;
    }
    return bits | 0x80000000u;
}

fn n_up_to(start: u32, key: u32, index: u32) -> f32 {
    var n = 0.0;
    for (var i = index; i < arguments.width; i += 256u) {
        n += select(0.0, 1.0, ordered(a[start + i]) <= key);
    }
    return agreed_sum(n, index);
}

fn mass_up_to(start: u32, key: u32, largest: f32, index: u32) -> f32 {
    var sum = 0.0;
    for (var i = index; i < arguments.width; i += 256u) {
        let value = a[start + i];
        if ordered(value) <= key {
            sum += exp(max(value - largest, -150.0));
        }
    }
    return agreed_sum(sum, index);
}

// How many of the values with this key stand at or before an index.
fn n_equal_up_to(start: u32, key: u32, last: u32, index: u32) -> f32 {
    var n = 0.0;
    for (var i = index; i <= min(last, arguments.width - 1u); i += 256u) {
        n += select(0.0, 1.0, ordered(a[start + i]) == key);
    }
    return agreed_sum(n, index);
}

// The key of the value at a place of the ascending order, from 0.
fn key_at(start: u32, place: u32, index: u32) -> u32 {
    var low = 0u;
    var high = 0xffffffffu;
    while low < high {
        let middle = low + (high - low) / 2u;
        if n_up_to(start, middle, index) > f32(place) {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    return low;
}

// Of the values with this key, the index of number `n`, from 1.
fn index_of(start: u32, key: u32, n: f32, index: u32) -> u32 {
    var low = 0u;
    var high = arguments.width - 1u;
    while low < high {
        let middle = low + (high - low) / 2u;
        if n_equal_up_to(start, key, middle, index) >= n {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    return low;
}

@compute @workgroup_size(256)
fn nucleus(thread: Thread) {
    let index = thread.index;
    // Rows past the end repeat the last: all threads take part in all sums.
    let row = min(group_number(thread), arguments.n_rows - 1u);
    let start = row * arguments.width;

    var found = a[start];
    for (var i = index; i < arguments.width; i += 256u) {
        found = max(found, a[start + i]);
    }
    let largest = row_maximum(found, index);
    let total = mass_up_to(start, 0xffffffffu, largest, index);
    let least_mass = (1.0 - arguments.mass) * total;

    // The first place, in ascending order, where the mass up to it is more.
    var low = 0u;
    var high = 0xffffffffu;
    while low < high {
        let middle = low + (high - low) / 2u;
        if mass_up_to(start, middle, largest, index) > least_mass {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    var key = low;
    var first = 0u;
    let n_below = n_up_to(start, key - 1u, index);
    let mass_below = mass_up_to(start, key - 1u, largest, index);
    let n_equal = n_up_to(start, key, index) - n_below;
    if n_equal > 1.0 {
        let all_equal = mass_up_to(start, key, largest, index) - mass_below;
        let one = all_equal / n_equal;
        let number = clamp(floor((least_mass - mass_below) / one) + 1.0, 1.0, n_equal);
        first = index_of(start, key, number, index);
    }

    if arguments.n_least > 0u {
        let place = arguments.width - min(arguments.n_least, arguments.width);
        let least_key = key_at(start, place, index);
        let before = n_up_to(start, least_key - 1u, index);
        let least_first = index_of(start, least_key, f32(place) - before + 1.0, index);
        if least_key < key || (least_key == key && least_first < first) {
            key = least_key;
            first = least_first;
        }
    }
    let most = clamp(arguments.n_most, 1u, arguments.width);
    let lowest = key_at(start, arguments.width - most, index);

    for (var i = index; i < arguments.width; i += 256u) {
        let own = ordered(a[start + i]);
        let is_kept = own > key || (own == key && i >= first);
        out[start + i] = select(0.0, 1.0, is_kept && own >= lowest);
    }
}
