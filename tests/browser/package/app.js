// A page of somebody who installed the package: nothing happens until it is asked.

import { loadModel } from "inseq-web";

window.attribute = async () => {
  const stages = new Set();
  const onProgress = (event) => stages.add(event.stage);
  const model = await loadModel("demo-gpt2", {
    baseUrl: "./",
    device: "cpu",
    onProgress,
  });
  const result = await model.attribute({
    inputTexts: "The capital of France is",
    method: "integrated_gradients",
    nSteps: 20,
    stepScores: ["probability"],
    onProgress,
  });
  const drawn = await result.show(document.querySelector("main"));
  await new Promise((done) => drawn.addEventListener("load", done));
  const table = await result.table();
  const cells = drawn.shadowRoot.querySelectorAll("td[data-level]").length;
  model.close();
  return { table, cells, stages: [...stages].filter(Boolean), info: result.info };
};
