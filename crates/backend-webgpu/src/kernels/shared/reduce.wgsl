// Sums and maxima over the ROW_THREADS threads of a row, for kernels with workgroups of
// 256 threads. Every thread of the workgroup must call them, and gets its row's result.

var<workgroup> partial: array<f32, 256>;

fn row_sum(value: f32, index: u32) -> f32 {
    partial[index] = value;
    workgroupBarrier();
    for (var half = ROW_THREADS / 2u; half > 0u; half /= 2u) {
        if index % ROW_THREADS < half {
            partial[index] += partial[index + half];
        }
        workgroupBarrier();
    }
    let total = partial[index - index % ROW_THREADS];
    workgroupBarrier();
    return total;
}

fn row_maximum(value: f32, index: u32) -> f32 {
    partial[index] = value;
    workgroupBarrier();
    for (var half = ROW_THREADS / 2u; half > 0u; half /= 2u) {
        if index % ROW_THREADS < half {
            partial[index] = max(partial[index], partial[index + half]);
        }
        workgroupBarrier();
    }
    let largest = partial[index - index % ROW_THREADS];
    workgroupBarrier();
    return largest;
}
