// What kernels along the last axis share: where a thread stands.
//
// `width` values a row; ROW_THREADS threads (a power of two, set by the variant) work
// on one row, and 256 / ROW_THREADS rows share a workgroup. For the reverse passes b is
// the cotangent, whose rows number `n_rows`; a's rows, of which there are
// `n_own_rows`, repeat. For a masked softmax it is b's rows, the mask's, that repeat;
// layer norm has its weight in b and its bias in c, one row each. Threads of rows past
// the end take part in the sums, as they must, and write nothing.

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

fn logarithm_of_one_and(x: f32) -> f32 {
    if x > 0.25 {
        return log(1.0 + x);
    }
    // 2 artanh(x / (2 + x)), whose argument is at most 1/9 here.
    let u = x / (2.0 + x);
    let s = u * u;
    return 2.0 * u * (1.0 + s * (1.0 / 3.0 + s * (0.2 + s * (1.0 / 7.0 + s / 9.0))));
}
