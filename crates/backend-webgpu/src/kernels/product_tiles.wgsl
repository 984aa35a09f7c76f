// Matrix products by square tiles: a workgroup of SIDE × SIDE threads makes 4·SIDE rows
// by 4·SIDE columns, each thread a square of four by four. See `shared/product.wgsl`
// for the operands and the edges.
//
// Sixteen indices of the sum are held at a time, four rows or columns to a vector; what
// the next sixteen need is read while these are multiplied. The vectors of one index p
// stand in an order changed by p, so that threads that write neighboring p do not wait
// for one bank of memory.

const DEPTH: u32 = 16u;
// With SIDE = 8 each thread reads two vectors of each operand, with 16 one.
const READS_TWO: bool = SIDE == 8u;

var<workgroup> left_tile: array<vec4<f32>, DEPTH * SIDE>;
var<workgroup> right_tile: array<vec4<f32>, DEPTH * SIDE>;

fn slot(p: u32, four: u32) -> u32 {
    return p * SIDE + (four ^ (p % SIDE));
}

// Which index of the sum, and which four rows or columns, a thread reads.
fn read_place(number: u32, is_along_sum: bool) -> vec2<u32> {
    // Neighboring threads read neighbors in memory.
    if is_along_sum {
        return vec2(number % DEPTH, number / DEPTH);
    }
    return vec2(number / SIDE, number % SIDE);
}

@compute @workgroup_size(SIDE * SIDE)
fn product_tiles(thread: Thread) {
    let lane = thread.index;
    let at = starts(thread.group.z / arguments.n_pieces + arguments.first_batch);
    let piece = thread.group.z % arguments.n_pieces;
    let n_steps = steps_of_piece(DEPTH);
    let first = piece * n_steps * DEPTH;
    let out_start = at.z + piece * arguments.piece_stride;
    let first_row = thread.group.y * 4u * SIDE;
    let first_column = thread.group.x * 4u * SIDE;
    let row = lane / SIDE;
    let column = lane % SIDE;
    let left_0 = read_place(lane, !LEFT_IS_TRANSPOSED);
    let left_1 = read_place(lane + SIDE * SIDE, !LEFT_IS_TRANSPOSED);
    let right_0 = read_place(lane, RIGHT_IS_TRANSPOSED);
    let right_1 = read_place(lane + SIDE * SIDE, RIGHT_IS_TRANSPOSED);
    let i_0 = first_row + 4u * left_0.y;
    let i_1 = first_row + 4u * left_1.y;
    let j_0 = first_column + 4u * right_0.y;
    let j_1 = first_column + 4u * right_1.y;
    var next_left_0 = left_four(at.x, i_0, first + left_0.x);
    var next_right_0 = right_four(at.y, first + right_0.x, j_0);
    var next_left_1 = vec4(0.0);
    var next_right_1 = vec4(0.0);
    if READS_TWO {
        next_left_1 = left_four(at.x, i_1, first + left_1.x);
        next_right_1 = right_four(at.y, first + right_1.x, j_1);
    }
    var sums_0 = vec4(0.0);
    var sums_1 = vec4(0.0);
    var sums_2 = vec4(0.0);
    var sums_3 = vec4(0.0);
    for (var step = 0u; step < n_steps; step++) {
        left_tile[slot(left_0.x, left_0.y)] = next_left_0;
        right_tile[slot(right_0.x, right_0.y)] = next_right_0;
        if READS_TWO {
            left_tile[slot(left_1.x, left_1.y)] = next_left_1;
            right_tile[slot(right_1.x, right_1.y)] = next_right_1;
        }
        workgroupBarrier();
        let next = first + (step + 1u) * DEPTH;
        if step + 1u < n_steps {
            next_left_0 = left_four(at.x, i_0, next + left_0.x);
            next_right_0 = right_four(at.y, next + right_0.x, j_0);
            if READS_TWO {
                next_left_1 = left_four(at.x, i_1, next + left_1.x);
                next_right_1 = right_four(at.y, next + right_1.x, j_1);
            }
        }
        for (var p = 0u; p < DEPTH; p++) {
            let l = left_tile[slot(p, row)];
            let r = right_tile[slot(p, column)];
            sums_0 += l.x * r;
            sums_1 += l.y * r;
            sums_2 += l.z * r;
            sums_3 += l.w * r;
        }
        workgroupBarrier();
    }
    let i = first_row + 4u * row;
    let j = first_column + 4u * column;
    write_four(out_start, i, j, sums_0);
    write_four(out_start, i + 1u, j, sums_1);
    write_four(out_start, i + 2u, j, sums_2);
    write_four(out_start, i + 3u, j, sums_3);
}
