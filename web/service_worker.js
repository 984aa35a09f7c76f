// Lets the site work without a network after the first visit. `cargo xtask build` fills
// in which files there are, and a version that changes with any of them.
//
// Files whose names change with their content come from the cache; all others from the
// network, and from the cache where there is none, so that nobody sees an old page while
// a new one can be had. Bundled models, showcases and other languages are kept once they
// were used. Models from elsewhere are kept by the engine itself, and pass through here
// untouched.

const VERSION = "";
const FILES = [];

const SITE = `inseq-web ${VERSION}`;

// Of the engine's programs a browser runs one; see programs.js, which has these bytes too.
// The others are not downloaded.
const HAS_RELAXED_SIMD = WebAssembly.validate(
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253,
    15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11,
  ]),
);
const CAN_SHARE_MEMORY = self.crossOriginIsolated && typeof Atomics.waitAsync === "function";
const PROGRAM = /^(worker(_relaxed_simd|_threads)?)(_bg)?\.(js|wasm)$/;
const CAN_RUN = !HAS_RELAXED_SIMD
  ? ["worker"]
  : CAN_SHARE_MEMORY
    ? ["worker_threads", "worker_relaxed_simd"]
    : ["worker_relaxed_simd"];
// A site may have been built without the program with threads.
const RUN = CAN_RUN.find((name) => FILES.includes(`${name}.js`)) ?? "worker";
const HASHED = /-[0-9a-f]{8,}(_bg)?\.(css|js|wasm)$/;

self.addEventListener("install", (event) => {
  // "no-cache" asks whether what the browser has is current, and seldom fetches it twice.
  const isNeeded = (file) => !PROGRAM.test(file) || PROGRAM.exec(file)[1] === RUN;
  const needed = FILES.filter(isNeeded);
  const requests = needed.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(SITE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("inseq-web ") && name !== SITE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const scope = new URL(self.registration.scope);
  const isOurs = address.origin === scope.origin && address.pathname.startsWith(scope.pathname);
  if (request.method !== "GET" || !isOurs || request.headers.has("range")) {
    return;
  }
  const path = address.pathname.slice(scope.pathname.length);
  if (HASHED.test(path)) {
    event.respondWith(cached(request).then((found) => found ?? fetch(request)));
  } else if (["models/", "showcases/", "words/"].some((folder) => path.startsWith(folder))) {
    event.respondWith(keptOnceUsed(request));
  } else if (FILES.includes(path) || request.mode === "navigate") {
    event.respondWith(fetch(request).catch((error) => cachedOr(request, error)));
  }
});

function cached(request) {
  // A page's address may carry a request; the page is the same.
  return caches.open(SITE).then((cache) => cache.match(request, { ignoreSearch: true }));
}

async function cachedOr(request, error) {
  const found = await cached(request);
  if (found) {
    return found;
  }
  throw error;
}

async function keptOnceUsed(request) {
  try {
    const response = await fetch(request);
    if (response.ok) {
      const cache = await caches.open(SITE);
      // A full disk is no reason to go without the model now.
      await cache.put(request, response.clone()).catch(() => {});
    }
    return response;
  } catch (error) {
    return cachedOr(request, error);
  }
}
