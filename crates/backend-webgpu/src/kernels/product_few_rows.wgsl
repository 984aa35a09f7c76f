// Products of few rows by one large matrix, where reading the matrix is what costs: each
// of its values is read once for four rows. See `shared/product.wgsl` for the operands.
//
// `along_sum` is for a right matrix whose rows lie along the sum: ROW_THREADS threads
// share a column. `along_columns` is for the other: neighboring threads have
// neighboring columns, and eight of a workgroup's threads share one. Columns past the end
// take part in the sums, as they must, and write nothing.

@compute @workgroup_size(256)
fn along_sum(thread: Thread) {
    let index = thread.index;
    let at = starts(arguments.first_batch);
    let i = thread.group.y * 4u;
    let j = thread.group.x * (256u / ROW_THREADS) + index / ROW_THREADS;
    var sums = vec4(0.0);
    for (var first = index % ROW_THREADS; first < arguments.k; first += 4u * ROW_THREADS) {
        // Four reads are under way at once; those past the end give 0.
        for (var each = 0u; each < 4u; each++) {
            let p = first + each * ROW_THREADS;
            sums += left_four(at.x, i, p) * right_at(at.y, p, j);
        }
    }
    let total = vec4(
        row_sum(sums.x, index),
        row_sum(sums.y, index),
        row_sum(sums.z, index),
        row_sum(sums.w, index),
    );
    if index % ROW_THREADS == 0u {
        write_rows(at.z, i, j, total);
    }
}

var<workgroup> parts: array<vec4<f32>, 256>;

@compute @workgroup_size(256)
fn along_columns(thread: Thread) {
    let index = thread.index;
    let at = starts(arguments.first_batch);
    let i = thread.group.y * 4u;
    let j = thread.group.x * 32u + index % 32u;
    var sums = vec4(0.0);
    for (var first = index / 32u; first < arguments.k; first += 32u) {
        for (var each = 0u; each < 4u; each++) {
            let p = first + each * 8u;
            sums += left_four(at.x, i, p) * right_at(at.y, p, j);
        }
    }
    parts[index] = sums;
    workgroupBarrier();
    if index < 32u {
        var total = parts[index];
        for (var part = 1u; part < 8u; part++) {
            total += parts[index + 32u * part];
        }
        write_rows(at.z, i, j, total);
    }
}

fn write_rows(start: u32, i: u32, j: u32, values: vec4<f32>) {
    write_one(start, i, j, values.x);
    write_one(start, i + 1u, j, values.y);
    write_one(start, i + 2u, j, values.z);
    write_one(start, i + 3u, j, values.w);
}
