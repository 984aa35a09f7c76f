// out[o, j, i] = a[o, j − a_before, i], or b[o, j − b_before, i], or 0: whichever of
// the two has such an index on the middle axis. A range of an axis, zeros around it,
// and one array after another are all of this form.
//
// One thread an output, or four neighbors (`windows_by_fours`, where `n_inner` is a
// multiple of four; n and n_inner then count fours). Threads past the end do nothing.

struct Arguments {
    n: u32,
    n_inner: u32,
    n_middle: u32,
    unused: u32,
    a_before: i32,
    a_length: i32,
    b_before: i32,
    b_length: i32,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> a4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b4: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out4: array<vec4<f32>>;

// Which input an output comes from (0: a, 1: b, 2: neither), and from where.
fn origin(number: u32) -> vec2<u32> {
    let inner = number % arguments.n_inner;
    let above = number / arguments.n_inner;
    let middle = i32(above % arguments.n_middle);
    let outer = i32(above / arguments.n_middle);
    let in_a = middle - arguments.a_before;
    let in_b = middle - arguments.b_before;
    if in_a >= 0 && in_a < arguments.a_length {
        return vec2(0u, u32(outer * arguments.a_length + in_a) * arguments.n_inner + inner);
    }
    if in_b >= 0 && in_b < arguments.b_length {
        return vec2(1u, u32(outer * arguments.b_length + in_b) * arguments.n_inner + inner);
    }
    return vec2(2u, 0u);
}

@compute @workgroup_size(256)
fn windows(thread: Thread) {
    let number = thread_number(thread);
    if number >= arguments.n {
        return;
    }
    let it = origin(number);
    var value = 0.0;
    if it.x == 0u {
        value = a[it.y];
    } else if it.x == 1u {
        value = b[it.y];
    }
    out[number] = value;
}

@compute @workgroup_size(256)
fn windows_by_fours(thread: Thread) {
    let number = thread_number(thread);
    if number >= arguments.n {
        return;
    }
    let it = origin(number);
    var value = vec4(0.0);
    if it.x == 0u {
        value = a4[it.y];
    } else if it.x == 1u {
        value = b4[it.y];
    }
    out4[number] = value;
}
