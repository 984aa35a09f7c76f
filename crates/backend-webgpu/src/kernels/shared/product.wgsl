// What the matrix products share: where their operands lie.
//
// out[i, j] = Σ_p left[i, p] · right[p, j] for each of many pairs of matrices. m rows
// and n columns come out, k values are summed. LEFT_IS_TRANSPOSED and
// RIGHT_IS_TRANSPOSED (set by the variant) say that an operand lies the other way
// around; Stored is the type of the right one, f32 or f16. A right matrix too large for
// one binding comes in parts: one that is a range of columns writes from `out_start`
// on, one that is a range of the sum reads the left from `left_start` on and adds
// to what is there. Where a product has few rows and columns, but a long sum, its sum is
// cut into pieces, which are added up afterwards: more workgroups have something to do.
// Reads outside a matrix give 0, so that ragged edges need no other
// care; only what lies inside is written.

struct Arguments {
    m: u32,
    n: u32,
    k: u32,
    first_batch: u32,
    left_stride: u32,
    right_stride: u32,
    out_stride: u32,
    left_start: u32,
    out_start: u32,
    is_added: u32,
    // Into how many pieces the sum is cut, and how far apart their results are.
    n_pieces: u32,
    piece_stride: u32,
    // Leading axes, outermost first, and how far apart their matrices are.
    batch_lengths: vec4<u32>,
    batch_left: vec4<u32>,
    batch_right: vec4<u32>,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> left: array<f32>;
@group(0) @binding(2) var<storage, read> right: array<Stored>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// Where a pair's matrices start in left, right and out.
fn starts(batch: u32) -> vec3<u32> {
    var rest = batch;
    var at = vec2(0u);
    for (var left_over = 4u; left_over > 0u; left_over--) {
        let axis = left_over - 1u;
        let length = arguments.batch_lengths[axis];
        let index = rest % length;
        rest = rest / length;
        at += index * vec2(arguments.batch_left[axis], arguments.batch_right[axis]);
    }
    return vec3(
        at.x + arguments.left_start,
        at.y,
        batch * arguments.m * arguments.out_stride + arguments.out_start,
    );
}

// How many times `depth` indices of the sum each workgroup takes. It hangs on arguments
// only, which browsers know to be the same for all threads.
fn steps_of_piece(depth: u32) -> u32 {
    let n_steps = (arguments.k + depth - 1u) / depth;
    return (n_steps + arguments.n_pieces - 1u) / arguments.n_pieces;
}

fn left_at(start: u32, i: u32, p: u32) -> f32 {
    if i < arguments.m && p < arguments.k {
        if LEFT_IS_TRANSPOSED {
            return left[start + p * arguments.left_stride + i];
        }
        return left[start + i * arguments.left_stride + p];
    }
    return 0.0;
}

fn right_at(start: u32, p: u32, j: u32) -> f32 {
    if j < arguments.n && p < arguments.k {
        if RIGHT_IS_TRANSPOSED {
            return f32(right[start + j * arguments.right_stride + p]);
        }
        return f32(right[start + p * arguments.right_stride + j]);
    }
    return 0.0;
}

// Four neighboring rows of the left, or columns of the right, at one index of the sum.
fn left_four(start: u32, i: u32, p: u32) -> vec4<f32> {
    return vec4(
        left_at(start, i, p),
        left_at(start, i + 1u, p),
        left_at(start, i + 2u, p),
        left_at(start, i + 3u, p),
    );
}

fn right_four(start: u32, p: u32, j: u32) -> vec4<f32> {
    return vec4(
        right_at(start, p, j),
        right_at(start, p, j + 1u),
        right_at(start, p, j + 2u),
        right_at(start, p, j + 3u),
    );
}

fn write_one(start: u32, i: u32, j: u32, value: f32) {
    if i < arguments.m && j < arguments.n {
        let at = start + i * arguments.out_stride + j;
        if arguments.is_added == 1u {
            out[at] += value;
        } else {
            out[at] = value;
        }
    }
}

fn write_four(start: u32, i: u32, j: u32, values: vec4<f32>) {
    write_one(start, i, j, values.x);
    write_one(start, i, j + 1u, values.y);
    write_one(start, i, j + 2u, values.z);
    write_one(start, i, j + 3u, values.w);
}
