// The bundled models are files in `public/`. While developing, Vite joins the modules of a
// package, and would lose the worker beside them.
export default {
  base: "./",
  build: { outDir: "made-by-vite" },
  optimizeDeps: { exclude: ["inseq-web"] },
};
