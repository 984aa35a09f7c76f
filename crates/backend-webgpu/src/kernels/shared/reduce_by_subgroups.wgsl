// As `reduce.wgsl`, by the subgroups of a device that has them: what a subgroup can add
// up by itself needs no barrier. SUBGROUP_THREADS is the fewest threads that the
// device's subgroups have.

var<workgroup> partial: array<f32, 256>;

fn row_sum(value: f32, index: u32) -> f32 {
    var sum = value;
    for (var distance = 1u; distance < min(ROW_THREADS, SUBGROUP_THREADS); distance *= 2u) {
        sum += subgroupShuffleXor(sum, distance);
    }
    if ROW_THREADS <= SUBGROUP_THREADS {
        return sum;
    }
    let n_parts = ROW_THREADS / SUBGROUP_THREADS;
    if index % SUBGROUP_THREADS == 0u {
        partial[index / SUBGROUP_THREADS] = sum;
    }
    workgroupBarrier();
    let first = index / ROW_THREADS * n_parts;
    var total = 0.0;
    for (var part = 0u; part < n_parts; part++) {
        total += partial[first + part];
    }
    workgroupBarrier();
    return total;
}

fn row_maximum(value: f32, index: u32) -> f32 {
    var found = value;
    for (var distance = 1u; distance < min(ROW_THREADS, SUBGROUP_THREADS); distance *= 2u) {
        found = max(found, subgroupShuffleXor(found, distance));
    }
    if ROW_THREADS <= SUBGROUP_THREADS {
        return found;
    }
    let n_parts = ROW_THREADS / SUBGROUP_THREADS;
    if index % SUBGROUP_THREADS == 0u {
        partial[index / SUBGROUP_THREADS] = found;
    }
    workgroupBarrier();
    let first = index / ROW_THREADS * n_parts;
    var largest = partial[first];
    for (var part = 1u; part < n_parts; part++) {
        largest = max(largest, partial[first + part]);
    }
    workgroupBarrier();
    return largest;
}
