// What the types say must be what can be written; each `@ts-expect-error` is a mistake that
// they find.

import {
  AttributionResult,
  Engine,
  InseqError,
  listMethods,
  loadModel,
  type Faithfulness,
  type MethodDescription,
} from "inseq-web";
import { InseqHeatmap } from "inseq-web/heatmap";
import { InseqPlayground } from "inseq-web/playground";

export async function everything(file: File): Promise<number> {
  const controller = new AbortController();
  const model = await loadModel("openai-community/gpt2", {
    attributionMethod: "integrated_gradients",
    nSteps: 20,
    device: "auto",
    signal: controller.signal,
    onProgress: (event) => {
      if (event.type === "progress") console.log(event.stage, event.done, event.total ?? "?");
      if (event.type === "notice") console.log(event.message);
    },
  });
  const result: AttributionResult = await model.attribute({
    inputTexts: ["one", "two"],
    generatedTexts: ["one more", null],
    attributedFn: "contrast_prob_diff",
    contrastTargets: ["one less", "two less"],
    stepScores: ["probability", "entropy"],
    generationArgs: { maxNewTokens: 5, numBeams: 2 },
  });
  const table = await result.table(1);
  const value: number | null | undefined = table.parts[0]?.rows[0]?.values[0];
  const sequence = await result.sequence();
  const scores: Float32Array | undefined = sequence.targetAttributions?.values;
  const texts: string[] = await model.generate({ inputTexts: "one", maxNewTokens: 3 });
  const tokens = await model.tokenize("one", { asTarget: true });
  const context = await model.attributeContext({
    inputCurrentText: "He came.",
    inputContextText: "George was sick.",
    attributionAggregators: ["vnorm", { aggregator: "subwords" }],
  });
  const measured: Faithfulness[] = await model.faithfulness(result, { nSamples: 5 });
  model.registerStepFunction("lp - log(p_c)", "surprise");
  const methods: MethodDescription[] = await listMethods();
  const mine = await new Engine({ baseUrl: "/static/" }).loadModel({ files: [file], name: "mine" });
  const heatmap: InseqHeatmap = document.createElement("inseq-heatmap");
  heatmap.data = result.toInseqJson();
  const playground: InseqPlayground = document.createElement("inseq-playground");
  await playground.run();
  try {
    // @ts-expect-error a text is needed
    await mine.attribute({ method: "saliency" });
    // @ts-expect-error a device that there is not
    await mine.tokenize("one", { device: "cuda" });
  } catch (error) {
    if (error instanceof InseqError) console.log(error.kind, error.message, error.hint);
  }
  mine.close();
  const cues = context.data.cci_scores.length;
  return (value ?? 0) + (scores?.length ?? 0) + texts.length + tokens.length + cues + measured.length + methods.length;
}
