// What the forward that export.py wrote costs in onnxruntime-web, one line of JSON per
// figure.
//
//     node forward.mjs target/peers/gpt2
//
// Its wasm backend in headless Chromium, asked for one and for two threads, in a page
// without and in one with the headers that isolate it: only isolated pages have memory
// that threads share, and a static host cannot always send these headers. `threads` is
// what it ran with. A figure is the shortest of ten runs after a warm-up run.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { chromium } from 'playwright-core';

const N_RUNS = 10;
const HEADERS = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
};
// Browsers take scripts and wasm by these only.
const TYPES = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

const model = process.argv[2];
const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const sentence = JSON.parse(await readFile(join(model, 'forward.json'), 'utf8'));

/// A server of the runtime and the model, and of an empty page.
function serve(headers) {
    const server = createServer(async (request, response) => {
        if (request.url === '/') {
            response.writeHead(200, { ...headers, 'Content-Type': 'text/html' });
            response.end('<!doctype html><link rel="icon" href="data:,"><title>forward</title>');
            return;
        }
        const folder = request.url.startsWith('/ort/') ? ort : model;
        const content = await readFile(join(folder, basename(request.url))).catch(() => null);
        const type = TYPES[extname(request.url)] ?? 'application/octet-stream';
        response.writeHead(content ? 200 : 404, { ...headers, 'Content-Type': type });
        response.end(content);
    });
    return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/// In the page: runs the model, and compares its logits with PyTorch's.
async function measure({ sentence, nThreads, nRuns }) {
    const ort = await import('/ort/ort.wasm.min.mjs');
    ort.env.wasm.numThreads = nThreads;
    ort.env.wasm.wasmPaths = '/ort/';
    const session = await ort.InferenceSession.create('/model/forward.onnx', {
        executionProviders: ['wasm'],
    });
    const inputs = {};
    for (const [name, ids] of Object.entries(sentence.inputs)) {
        const values = BigInt64Array.from(ids, BigInt);
        inputs[name] = new ort.Tensor('int64', values, [1, ids.length]);
    }
    let logits;
    const seconds = [];
    for (let run = 0; run <= nRuns; run++) {
        const started = performance.now();
        ({ logits } = await session.run(inputs));
        seconds.push((performance.now() - started) / 1e3);
    }
    const { last_logits: expected } = sentence;
    const found = logits.data.slice(-expected.length);
    const difference = Math.max(...expected.map((value, index) => Math.abs(value - found[index])));
    return {
        version: ort.env.versions.web,
        threads: ort.env.wasm.numThreads,
        isolated: crossOriginIsolated,
        seconds: Math.min(...seconds.slice(1)),
        difference,
    };
}

async function figure(browser, headers, nThreads) {
    const server = await serve(headers);
    const page = await browser.newPage();
    page.on('console', message => console.error(message.text()));
    try {
        await page.goto(`http://127.0.0.1:${server.address().port}/`);
        const found = await page.evaluate(measure, { sentence, nThreads, nRuns: N_RUNS });
        if (!(found.difference < 1e-3)) {
            throw new Error(`logits differ from PyTorch's by ${found.difference}`);
        }
        console.log(JSON.stringify({
            who: `onnxruntime-web ${found.version}`,
            model: sentence.model,
            work: 'forward',
            tokens: sentence.tokens,
            targets: sentence.targets,
            threads_asked: nThreads,
            threads: found.threads,
            isolated: found.isolated,
            seconds: Number(found.seconds.toFixed(5)),
        }));
    } finally {
        await page.close();
        server.closeAllConnections();
        server.close();
    }
}

const browser = await chromium.launch({
    executablePath: process.env.INSEQ_CHROMIUM ?? '/usr/bin/chromium',
    // Root, as in a container, cannot have the sandbox; the page is ours.
    args: ['--no-sandbox'],
});
try {
    for (const headers of [{}, HEADERS]) {
        for (const nThreads of [1, 2]) await figure(browser, headers, nThreads);
    }
} finally {
    await browser.close();
}
