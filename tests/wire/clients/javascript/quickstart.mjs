// The JavaScript classification quickstart as a program: upload, train, publish, predict, tidy up.
// Reads a JSON object from standard input and prints one; folders hold one sub-folder of photos a tag.

import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import predictionApi from "@azure/cognitiveservices-customvision-prediction";
import trainingApi from "@azure/cognitiveservices-customvision-training";
import msRest from "@azure/ms-rest-js";

const install = JSON.parse(readFileSync(0, "utf8"));
const publishName = "classify model/1";
const trainer = new trainingApi.TrainingAPIClient(
  new msRest.ApiKeyCredentials({ inHeader: { "Training-key": install.training_key } }),
  install.endpoint,
);
const predictor = new predictionApi.PredictionAPIClient(
  new msRest.ApiKeyCredentials({ inHeader: { "Prediction-key": install.prediction_key } }),
  install.endpoint,
);

const photosOf = (folder) =>
  readdirSync(folder).sort().map((tag) => ({ tag, files: readdirSync(join(folder, tag)).sort().map((name) => join(folder, tag, name)) }));

const project = await trainer.createProject(`Sample Project ${Date.now()}`, { classificationType: "Multiclass" });
let uploads = 0;
for (const { tag, files } of photosOf(install.training_folder)) {
  const { id } = await trainer.createTag(project.id, tag);
  await Promise.all(
    files.map(async (file, number) => {
      // Every second photo as a stream: the SDK then sends a chunked body without a length.
      const data = number % 2 ? () => createReadStream(file) : readFileSync(file);
      const summary = await trainer.createImagesFromData(project.id, data, { tagIds: [id] });
      if (!summary.isBatchSuccessful) throw new Error(JSON.stringify(summary));
      uploads += 1;
    }),
  );
}
const tagged = await trainer.getTaggedImageCount(project.id);
let iteration = await trainer.trainProject(project.id);
const firstStatus = iteration.status;
while (iteration.status === "Training") {
  await sleep(500);
  iteration = await trainer.getIteration(project.id, iteration.id);
}
const published = await trainer.publishIteration(project.id, iteration.id, publishName, install.prediction_resource_id);
const predictions = {};
for (const { tag, files } of photosOf(install.test_folder)) {
  for (const [number, file] of files.entries()) {
    const data = number % 2 ? () => createReadStream(file) : readFileSync(file);
    const result = await predictor.classifyImage(project.id, publishName, data);
    const best = result.predictions.reduce((a, b) => (a.probability >= b.probability ? a : b));
    predictions[file.slice(install.test_folder.length + 1)] = [best.tagName, best.probability];
  }
}
await trainer.unpublishIteration(project.id, iteration.id);
await trainer.deleteIteration(project.id, iteration.id);
await trainer.deleteProject(project.id);
console.log(
  JSON.stringify({
    uploads,
    tagged: tagged.body,
    first_status: firstStatus,
    status: iteration.status,
    published: published.body,
    predictions,
  }),
);
