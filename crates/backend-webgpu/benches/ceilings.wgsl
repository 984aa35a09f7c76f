// What a device can do at most: multiply-adds on registers, and copying.

@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> made: array<vec4<f32>>;

// Eight independent sums of four values in each thread, 512 times: 2 · 8 · 4 · 512 = 32768
// operations.
@compute @workgroup_size(256)
fn multiply_add(@builtin(global_invocation_id) thread: vec3<u32>) {
    let x = source[thread.x % 64u];
    let y = source[(thread.x + 1u) % 64u];
    var s0 = x;
    var s1 = x + 1.0;
    var s2 = x + 2.0;
    var s3 = x + 3.0;
    var s4 = x + 4.0;
    var s5 = x + 5.0;
    var s6 = x + 6.0;
    var s7 = x + 7.0;
    for (var i = 0u; i < 128u; i++) {
        s0 = s0 * x + y; s1 = s1 * x + y; s2 = s2 * x + y; s3 = s3 * x + y;
        s4 = s4 * x + y; s5 = s5 * x + y; s6 = s6 * x + y; s7 = s7 * x + y;
        s0 = s0 * x + y; s1 = s1 * x + y; s2 = s2 * x + y; s3 = s3 * x + y;
        s4 = s4 * x + y; s5 = s5 * x + y; s6 = s6 * x + y; s7 = s7 * x + y;
        s0 = s0 * x + y; s1 = s1 * x + y; s2 = s2 * x + y; s3 = s3 * x + y;
        s4 = s4 * x + y; s5 = s5 * x + y; s6 = s6 * x + y; s7 = s7 * x + y;
        s0 = s0 * x + y; s1 = s1 * x + y; s2 = s2 * x + y; s3 = s3 * x + y;
        s4 = s4 * x + y; s5 = s5 * x + y; s6 = s6 * x + y; s7 = s7 * x + y;
    }
    made[thread.x % 64u] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
}

@compute @workgroup_size(256)
fn copy(
    @builtin(global_invocation_id) thread: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    for (var i = thread.x; i < arrayLength(&source); i += 256u * groups.x) {
        made[i] = source[i];
    }
}
