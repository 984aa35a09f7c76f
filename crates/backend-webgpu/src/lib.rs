//! Runs ops as WGSL kernels on wgpu: the second backend, in the browser's WebGPU
//! and natively.
//!
//! Empty until its kernels move in. What will be here: the device and its limits,
//! one `.wgsl` file per op family, the dispatch from an op to its kernel, a pool
//! of buffers, and the readback, where device errors surface. Not here, then or
//! now: derivatives (`tensor`), models, and anything else that names no kernel.
