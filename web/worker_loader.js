// Starts the engine in the worker. Of its program there are two, made from the same
// source: one multiplies and adds in one instruction ("relaxed SIMD"). A browser that does
// not know this instruction refuses any program that has it, so it is asked with the
// smallest one.

const HAS_RELAXED_SIMD = WebAssembly.validate(
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, // WebAssembly, version 1.
    1, 5, 1, 96, 0, 1, 123, // A type: nothing in, a vector out.
    3, 2, 1, 0, // One function of that type:
    10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, // three vectors of zeros,
    253, 133, 2, 11, // f32x4.relaxed_madd, and the end.
  ]),
);

const plain = () => import("./worker.js");
const relaxed = () => import("./worker_relaxed_simd.js");

// The plain program is also there for a site that was built without the other.
const { default: start } = await (HAS_RELAXED_SIMD ? relaxed().catch(plain) : plain());
await start();
