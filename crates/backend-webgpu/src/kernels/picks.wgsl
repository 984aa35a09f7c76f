// Rows and columns by number, and back to where they came from.
//
// `ids` are numbers of rows or columns; leading axes repeat them. A table that is too
// large for one binding comes in parts of whole rows: this part begins at row
// `first_row` and has `n_rows`; only what lies in it is written. One thread an output;
// threads past the end do nothing.

struct Arguments {
    n: u32,
    n_ids: u32,
    n_rows: u32,
    width: u32,
    first_row: u32,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> a: array<Stored>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// out[o, id, i] = a[o, ids[id], i]
@compute @workgroup_size(256)
fn pick_rows(thread: Thread) {
    let number = thread_number(thread);
    if number >= arguments.n {
        return;
    }
    let column = number % arguments.width;
    let above = number / arguments.width;
    let outer = above / arguments.n_ids;
    let row = ids[above % arguments.n_ids];
    if row >= arguments.first_row && row - arguments.first_row < arguments.n_rows {
        let own = outer * arguments.n_rows + row - arguments.first_row;
        out[number] = f32(a[own * arguments.width + column]);
    }
}

// out[o, row, i] = Σ a[o, id, i] over the ids that are `row`.
@compute @workgroup_size(256)
fn place_rows(thread: Thread) {
    let number = thread_number(thread);
    if number >= arguments.n {
        return;
    }
    let column = number % arguments.width;
    let above = number / arguments.width;
    let outer = above / arguments.n_rows;
    let row = above % arguments.n_rows;
    var sum = 0.0;
    for (var id = 0u; id < arguments.n_ids; id++) {
        if ids[id] == row {
            sum += f32(a[(outer * arguments.n_ids + id) * arguments.width + column]);
        }
    }
    out[number] = sum;
}

// out[o, id] = a[o, id, ids[id]]
@compute @workgroup_size(256)
fn pick_columns(thread: Thread) {
    let number = thread_number(thread);
    if number < arguments.n {
        let column = ids[number % arguments.n_ids];
        out[number] = f32(a[number * arguments.width + column]);
    }
}

// out[o, id, ids[id]] = a[o, id], 0 elsewhere.
@compute @workgroup_size(256)
fn place_columns(thread: Thread) {
    let number = thread_number(thread);
    if number >= arguments.n {
        return;
    }
    let above = number / arguments.width;
    let is_there = ids[above % arguments.n_ids] == number % arguments.width;
    out[number] = select(0.0, f32(a[above]), is_there);
}
