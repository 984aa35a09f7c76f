// Matrix products by square tiles: a workgroup of SIDE × SIDE threads makes 4·SIDE rows
// by 4·SIDE columns, each thread a square of four by four. See `shared/product.wgsl`
// for the operands and the edges.
//
// Sixteen indices of the sum are held at a time, four rows or columns to a vector. The
// vectors of one index p stand in an order changed by p, so that threads that write
// neighboring p do not wait for one bank of memory.

const DEPTH: u32 = 16u;
const EACH: u32 = DEPTH / SIDE;

var<workgroup> left_tile: array<vec4<f32>, DEPTH * SIDE>;
var<workgroup> right_tile: array<vec4<f32>, DEPTH * SIDE>;

fn slot(p: u32, four: u32) -> u32 {
    return p * SIDE + (four ^ (p % SIDE));
}

@compute @workgroup_size(SIDE * SIDE)
fn product_tiles(thread: Thread) {
    let lane = thread.index;
    let at = starts(thread.group.z + arguments.first_batch);
    let first_row = thread.group.y * 4u * SIDE;
    let first_column = thread.group.x * 4u * SIDE;
    let row = lane / SIDE;
    let column = lane % SIDE;
    var sums_0 = vec4(0.0);
    var sums_1 = vec4(0.0);
    var sums_2 = vec4(0.0);
    var sums_3 = vec4(0.0);
    for (var start = 0u; start < arguments.k; start += DEPTH) {
        for (var each = 0u; each < EACH; each++) {
            let number = lane + each * SIDE * SIDE;
            // Neighboring threads read neighbors in memory.
            var left_p = number % DEPTH;
            var left_four_index = number / DEPTH;
            if LEFT_IS_TRANSPOSED {
                left_p = number / SIDE;
                left_four_index = number % SIDE;
            }
            left_tile[slot(left_p, left_four_index)] =
                left_four(at.x, first_row + 4u * left_four_index, start + left_p);
            var right_p = number / SIDE;
            var right_four_index = number % SIDE;
            if RIGHT_IS_TRANSPOSED {
                right_p = number % DEPTH;
                right_four_index = number / DEPTH;
            }
            right_tile[slot(right_p, right_four_index)] =
                right_four(at.y, start + right_p, first_column + 4u * right_four_index);
        }
        workgroupBarrier();
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
    write_four(at.z, i, j, sums_0);
    write_four(at.z, i + 1u, j, sums_1);
    write_four(at.z, i + 2u, j, sums_2);
    write_four(at.z, i + 3u, j, sums_3);
}
