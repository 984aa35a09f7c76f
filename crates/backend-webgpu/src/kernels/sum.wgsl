// out[o, i] = Σ_j a[o, j, i]: the sum over an axis that is not the last.
//
// One thread an output; neighbors read neighbors. Threads past the end do nothing.

struct Arguments {
    n: u32,
    n_summed: u32,
    n_inner: u32,
    unused: u32,
}

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(256)
fn sum_axis(thread: Thread) {
    let number = thread_number(thread);
    if number >= arguments.n {
        return;
    }
    let outer = number / arguments.n_inner;
    let first = outer * arguments.n_summed * arguments.n_inner + number % arguments.n_inner;
    // Several sums side by side are faster, and closer, than one after the other.
    var sums = vec4(0.0);
    let whole = arguments.n_summed / 4u * 4u;
    for (var j = 0u; j < whole; j += 4u) {
        let at = first + j * arguments.n_inner;
        sums += vec4(
            a[at],
            a[at + arguments.n_inner],
            a[at + 2u * arguments.n_inner],
            a[at + 3u * arguments.n_inner],
        );
    }
    for (var j = whole; j < arguments.n_summed; j++) {
        sums.x += a[first + j * arguments.n_inner];
    }
    out[number] = (sums.x + sums.y) + (sums.z + sums.w);
}
