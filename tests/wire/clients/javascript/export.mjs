// Export an iteration and download it, as a program that waits for `Done` does.
// Reads a JSON object from standard input and prints one.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import trainingApi from "@azure/cognitiveservices-customvision-training";
import msRest from "@azure/ms-rest-js";

const { endpoint, training_key: key, project, iteration, flavor } = JSON.parse(readFileSync(0, "utf8"));
const trainer = new trainingApi.TrainingAPIClient(new msRest.ApiKeyCredentials({ inHeader: { "Training-key": key } }), endpoint);

const asked = await trainer.exportIteration(project, iteration, "ONNX", { flavor });
let mine = asked;
while (mine.status === "Exporting") {
  await sleep(300);
  const exports = await trainer.getExports(project, iteration);
  mine = exports.find((each) => each.platform === "ONNX" && each.flavor === flavor);
}
const answer = await fetch(mine.downloadUri);
const bytes = Buffer.from(await answer.arrayBuffer());
console.log(
  JSON.stringify({
    first: asked.status,
    first_uri: asked.downloadUri,
    last: mine.status,
    newer: mine.newerVersionAvailable,
    http: answer.status,
    content: bytes.toString("base64"),
  }),
);
