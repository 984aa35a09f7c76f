// Which of the engine's programs this browser can run here. They are made from the same
// source. One multiplies and adds in one instruction ("relaxed SIMD"); one also shares its
// memory among threads. A browser that does not know an instruction refuses any program
// that has it, so it is asked with the smallest one.

const HAS_RELAXED_SIMD = WebAssembly.validate(
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, // WebAssembly, version 1.
    1, 5, 1, 96, 0, 1, 123, // A type: nothing in, a vector out.
    3, 2, 1, 0, // One function of that type:
    10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, // three vectors of zeros,
    253, 133, 2, 11, // f32x4.relaxed_madd, and the end.
  ]),
);

// Only pages that cannot be shared with others' windows may share memory: those of a server
// that sends two headers, Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy.
const CAN_SHARE_MEMORY = self.crossOriginIsolated && typeof Atomics.waitAsync === "function";

// The fastest first.
export const RUNNABLE = [];
if (HAS_RELAXED_SIMD && CAN_SHARE_MEMORY) {
  RUNNABLE.push("worker_threads");
}
if (HAS_RELAXED_SIMD) {
  RUNNABLE.push("worker_relaxed_simd");
}
RUNNABLE.push("worker");
