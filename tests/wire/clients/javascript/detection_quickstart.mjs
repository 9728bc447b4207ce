// The JavaScript detection quickstart as a program: upload with regions, train, publish, detect, tidy up.
// Reads a JSON object from standard input and prints one; `training` and `test` are lists of `{file, regions}`.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import predictionApi from "@azure/cognitiveservices-customvision-prediction";
import trainingApi from "@azure/cognitiveservices-customvision-training";
import msRest from "@azure/ms-rest-js";

const install = JSON.parse(readFileSync(0, "utf8"));
const publishIterationName = "detectModel";
const trainer = new trainingApi.TrainingAPIClient(
  new msRest.ApiKeyCredentials({ inHeader: { "Training-key": install.training_key } }),
  install.endpoint,
);
const predictor = new predictionApi.PredictionAPIClient(
  new msRest.ApiKeyCredentials({ inHeader: { "Prediction-key": install.prediction_key } }),
  install.endpoint,
);

const domains = await trainer.getDomains();
const objDetectDomain = domains.find((domain) => domain.type === "ObjectDetection" && domain.name === "General");
const project = await trainer.createProject(`Sample Obj Detection Project ${Date.now()}`, { domainId: objDetectDomain.id });
const tags = {};
for (const name of new Set(install.training.flatMap(({ regions }) => regions.map(({ tag }) => tag)))) {
  tags[name] = await trainer.createTag(project.id, name);
}
// One call an image, many at a time, as the quickstart does.
const summaries = await Promise.all(
  install.training.map(({ file, regions }) => {
    const entry = {
      name: basename(file),
      contents: readFileSync(file),
      regions: regions.map(({ tag, left, top, width, height }) => ({ tagId: tags[tag].id, left, top, width, height })),
    };
    return trainer.createImagesFromFiles(project.id, { images: [entry] });
  }),
);
const tagged = await trainer.getTaggedImageCount(project.id);
const pressed = performance.now();
let iteration = await trainer.trainProject(project.id);
const firstStatus = iteration.status;
while (iteration.status === "Training") {
  await sleep(1000);
  iteration = await trainer.getIteration(project.id, iteration.id);
}
const trainedSeconds = (performance.now() - pressed) / 1000;
const figures = await trainer.getIterationPerformance(project.id, iteration.id, { threshold: 0.5, overlapThreshold: 0.5 });
const published = await trainer.publishIteration(project.id, iteration.id, publishIterationName, install.prediction_resource_id);
const predictions = {};
for (const { file } of install.test) {
  const results = await predictor.detectImage(project.id, publishIterationName, readFileSync(file));
  predictions[file] = results.predictions.map(({ tagName, probability, boundingBox }) => ({
    tag: tagName,
    probability,
    left: boundingBox.left,
    top: boundingBox.top,
    width: boundingBox.width,
    height: boundingBox.height,
  }));
}
await trainer.unpublishIteration(project.id, iteration.id);
await trainer.deleteIteration(project.id, iteration.id);
await trainer.deleteProject(project.id);
const left = (await trainer.getProjects()).filter(({ id }) => id === project.id);
console.log(
  JSON.stringify({
    uploads: summaries.filter(({ isBatchSuccessful }) => isBatchSuccessful).length,
    tagged: tagged.body,
    first_status: firstStatus,
    status: iteration.status,
    trained_seconds: trainedSeconds,
    published: published.body,
    precision: figures.precision,
    recall: figures.recall,
    average_precision: figures.averagePrecision,
    predictions,
    projects_left: left.map(({ id }) => id),
  }),
);
