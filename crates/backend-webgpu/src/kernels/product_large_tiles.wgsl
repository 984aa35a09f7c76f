// Matrix products by large tiles: a workgroup of 256 threads makes 128 rows by 128
// columns, each thread eight by eight. See `shared/product.wgsl` for the operands and the
// edges, `product_tiles.wgsl` for the order of the vectors.
//
// What the next sixteen indices of the sum need is read while these are multiplied. The
// sums are named one by one, because a compiler that keeps an array of them in memory
// would lose all that large tiles gain.

const DEPTH: u32 = 16u;

var<workgroup> left_tile: array<vec4<f32>, 512>;
var<workgroup> right_tile: array<vec4<f32>, 512>;

fn slot(p: u32, four: u32) -> u32 {
    return p * 32u + (four ^ p);
}

// Which index of the sum, and which four rows or columns, a thread reads.
fn read_place(number: u32, is_along_sum: bool) -> vec2<u32> {
    // Neighboring threads read neighbors in memory.
    if is_along_sum {
        return vec2(number % DEPTH, number / DEPTH);
    }
    return vec2(number / 32u, number % 32u);
}

@compute @workgroup_size(256)
fn product_large_tiles(thread: Thread) {
    let lane = thread.index;
    let at = starts(thread.group.z / arguments.n_pieces + arguments.first_batch);
    let piece = thread.group.z % arguments.n_pieces;
    let n_steps = steps_of_piece(DEPTH);
    let first = piece * n_steps * DEPTH;
    let out_start = at.z + piece * arguments.piece_stride;
    let first_row = thread.group.y * 128u;
    let first_column = thread.group.x * 128u;
    let row = lane / 16u;
    let column = lane % 16u;
    let left_0 = read_place(lane, !LEFT_IS_TRANSPOSED);
    let left_1 = read_place(lane + 256u, !LEFT_IS_TRANSPOSED);
    let right_0 = read_place(lane, RIGHT_IS_TRANSPOSED);
    let right_1 = read_place(lane + 256u, RIGHT_IS_TRANSPOSED);
    let i_0 = first_row + 4u * left_0.y;
    let i_1 = first_row + 4u * left_1.y;
    let j_0 = first_column + 4u * right_0.y;
    let j_1 = first_column + 4u * right_1.y;
    var next_left_0 = left_four(at.x, i_0, first + left_0.x);
    var next_left_1 = left_four(at.x, i_1, first + left_1.x);
    var next_right_0 = right_four(at.y, first + right_0.x, j_0);
    var next_right_1 = right_four(at.y, first + right_1.x, j_1);
    var sums_0_0 = vec4(0.0);
    var sums_0_1 = vec4(0.0);
    var sums_1_0 = vec4(0.0);
    var sums_1_1 = vec4(0.0);
    var sums_2_0 = vec4(0.0);
    var sums_2_1 = vec4(0.0);
    var sums_3_0 = vec4(0.0);
    var sums_3_1 = vec4(0.0);
    var sums_4_0 = vec4(0.0);
    var sums_4_1 = vec4(0.0);
    var sums_5_0 = vec4(0.0);
    var sums_5_1 = vec4(0.0);
    var sums_6_0 = vec4(0.0);
    var sums_6_1 = vec4(0.0);
    var sums_7_0 = vec4(0.0);
    var sums_7_1 = vec4(0.0);
    for (var step = 0u; step < n_steps; step++) {
        left_tile[slot(left_0.x, left_0.y)] = next_left_0;
        left_tile[slot(left_1.x, left_1.y)] = next_left_1;
        right_tile[slot(right_0.x, right_0.y)] = next_right_0;
        right_tile[slot(right_1.x, right_1.y)] = next_right_1;
        workgroupBarrier();
        let next = first + (step + 1u) * DEPTH;
        if step + 1u < n_steps {
            next_left_0 = left_four(at.x, i_0, next + left_0.x);
            next_left_1 = left_four(at.x, i_1, next + left_1.x);
            next_right_0 = right_four(at.y, next + right_0.x, j_0);
            next_right_1 = right_four(at.y, next + right_1.x, j_1);
        }
        for (var p = 0u; p < DEPTH; p++) {
            let l_0 = left_tile[slot(p, row)];
            let l_1 = left_tile[slot(p, row + 16u)];
            let r_0 = right_tile[slot(p, column)];
            let r_1 = right_tile[slot(p, column + 16u)];
            sums_0_0 += l_0.x * r_0;
            sums_0_1 += l_0.x * r_1;
            sums_1_0 += l_0.y * r_0;
            sums_1_1 += l_0.y * r_1;
            sums_2_0 += l_0.z * r_0;
            sums_2_1 += l_0.z * r_1;
            sums_3_0 += l_0.w * r_0;
            sums_3_1 += l_0.w * r_1;
            sums_4_0 += l_1.x * r_0;
            sums_4_1 += l_1.x * r_1;
            sums_5_0 += l_1.y * r_0;
            sums_5_1 += l_1.y * r_1;
            sums_6_0 += l_1.z * r_0;
            sums_6_1 += l_1.z * r_1;
            sums_7_0 += l_1.w * r_0;
            sums_7_1 += l_1.w * r_1;
        }
        workgroupBarrier();
    }
    let i = first_row + 4u * row;
    let j = first_column + 4u * column;
    write_four(out_start, i, j, sums_0_0);
    write_four(out_start, i, j + 64u, sums_0_1);
    write_four(out_start, i + 1u, j, sums_1_0);
    write_four(out_start, i + 1u, j + 64u, sums_1_1);
    write_four(out_start, i + 2u, j, sums_2_0);
    write_four(out_start, i + 2u, j + 64u, sums_2_1);
    write_four(out_start, i + 3u, j, sums_3_0);
    write_four(out_start, i + 3u, j + 64u, sums_3_1);
    write_four(out_start, i + 64u, j, sums_4_0);
    write_four(out_start, i + 64u, j + 64u, sums_4_1);
    write_four(out_start, i + 65u, j, sums_5_0);
    write_four(out_start, i + 65u, j + 64u, sums_5_1);
    write_four(out_start, i + 66u, j, sums_6_0);
    write_four(out_start, i + 66u, j + 64u, sums_6_1);
    write_four(out_start, i + 67u, j, sums_7_0);
    write_four(out_start, i + 67u, j + 64u, sums_7_1);
}
