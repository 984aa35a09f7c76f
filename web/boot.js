// Starts the page's program, and says so in the page when that fails: without
// this, a browser that cannot run it would show "Loading…" forever.
// The two links are written by trunk (see Trunk.toml), with hashed names.

const boot = document.getElementById("boot");

try {
  const script = document.getElementById("program-script").href;
  const wasm = document.getElementById("program-wasm").href;
  const { default: start } = await import(script);
  await start({ module_or_path: wasm });
  boot?.remove();
  // Absent where the page is not from a secure address; the page works without it.
  navigator.serviceWorker?.register("./service_worker.js").catch(console.info);
} catch (error) {
  if (boot) {
    boot.setAttribute("role", "alert");
    boot.textContent =
      "Inseq Web could not start. Reload the page, or try a current version of " +
      `Firefox, Chrome, Edge or Safari. (${error})`;
  }
  throw error;
}
