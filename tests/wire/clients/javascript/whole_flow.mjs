// One program with every version of Microsoft's JavaScript SDK: all that a client does with a project, end to end.
// Reads a JSON object from standard input and prints one; see python_whole_flow.py for its fields.

import { createReadStream, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import predictionApi from "@azure/cognitiveservices-customvision-prediction";
import trainingApi from "@azure/cognitiveservices-customvision-training";
import msRest from "@azure/ms-rest-js";

const install = JSON.parse(readFileSync(0, "utf8"));
const isOld = install.sdk !== "5.2.0";
const endpoint = `${install.endpoint}/`;
const credentials = (header, key) => (isOld ? key : new msRest.ApiKeyCredentials({ inHeader: { [header]: key } }));
const trainer = new trainingApi.TrainingAPIClient(credentials("Training-key", install.training_key), endpoint);
const predictor = new predictionApi.PredictionAPIClient(credentials("Prediction-key", install.prediction_key), endpoint);

const domainNamed = async (name, type) => (await trainer.getDomains()).find((each) => each.name === name && each.type === type);
// Old SDKs answer a number as the parsed body of the response.
const number = (answer) => (typeof answer === "number" ? answer : (answer.body ?? answer._response.parsedBody));
const codeOf = (error) => error.code ?? error.body?.code ?? error.response?.parsedBody?.code;

async function upload(project, photos) {
  const tags = {};
  const told = {};
  for (const name of Object.keys(photos).sort()) {
    tags[name] = await trainer.createTag(project.id, name);
    const tagIds = [tags[name].id];
    const [first, second, ...rest] = photos[name];
    const summaries = [
      await trainer.createImagesFromData(project.id, readFileSync(first), { tagIds }),
      await trainer.createImagesFromData(project.id, () => createReadStream(second), { tagIds }),
    ];
    const images = rest.map((file) => ({ name: basename(file), contents: readFileSync(file) }));
    images.push({ name: "bad.jpg", contents: Buffer.from("no image") });
    summaries.push(await trainer.createImagesFromFiles(project.id, { images, tagIds }));
    told[name] = summaries.map((summary) => [summary.isBatchSuccessful, summary.images.map(({ status }) => status)]);
  }
  return [tags, told];
}

async function label(project, tags) {
  const tag = tags[Object.keys(tags).sort()[0]];
  const [image] = await trainer.getTaggedImages(project.id, { tagIds: [tag.id], take: 1 });
  await trainer.deleteImageTags(project.id, [image.id], [tag.id]);
  const untagged = (await trainer.getUntaggedImages(project.id)).map(({ id }) => id);
  const { created } = await trainer.createImageTags(project.id, { tags: [{ imageId: image.id, tagId: tag.id }] });
  const own = await trainer.createImagesFromUrls(project.id, { images: [{ url: image.originalImageUri }] });
  const whole = await trainer.getTag(project.id, tag.id);
  const changed = await trainer.updateTag(project.id, tag.id, { ...whole, description: "changed" });
  const wholeProject = await trainer.getProject(project.id);
  const changedProject = await trainer.updateProject(project.id, { ...wholeProject, description: "changed too" });
  return {
    untagged: untagged.length === 1 && untagged[0] === image.id,
    created: created.length,
    own: own.images.map(({ status }) => status),
    tag: [changed.name, changed.description, changed.imageCount],
    project: [changedProject.description, changedProject.name === project.name],
    tagged_count: number(await trainer.getTaggedImageCount(project.id)),
  };
}

async function describe(project) {
  if (trainer.updateImageMetadata === undefined) return null;
  const [first, second] = await trainer.getImages(project.id);
  const summary = await trainer.updateImageMetadata(project.id, [first.id, second.id], { site: "it's" });
  const found = await trainer.getImages(project.id, { filter: "site eq 'it''s'" });
  return [
    summary.isBatchSuccessful,
    summary.images.map(({ status }) => status),
    found.map(({ metadata }) => metadata),
    number(await trainer.getImageCount(project.id, { filter: "site ne 'it''s'" })),
  ];
}

async function train(project) {
  let iteration = await trainer.trainProject(project.id);
  const firstStatus = iteration.status;
  while (iteration.status === "Training") {
    await sleep(500);
    iteration = await trainer.getIteration(project.id, iteration.id);
  }
  const renamed = await trainer.updateIteration(project.id, iteration.id, { ...iteration, name: "renamed" });
  const second = await trainer.trainProject(project.id).then(() => "trained again", codeOf);
  return [iteration, [firstStatus, iteration.status, renamed.name, renamed.id === iteration.id, second]];
}

async function exported(project, iteration) {
  await trainer.exportIteration(project.id, iteration.id, "ONNX");
  for (;;) {
    const made = (await trainer.getExports(project.id, iteration.id)).find(({ platform }) => platform === "ONNX");
    if (made.status !== "Exporting") {
      const answer = await fetch(made.downloadUri);
      return [made.status, answer.status, Buffer.from(await answer.arrayBuffer()).subarray(0, 2).toString()];
    }
    await sleep(500);
  }
}

async function ask(call, project, name, file) {
  const answers = [await call(project.id, name, readFileSync(file)), await call(project.id, name, () => createReadStream(file))];
  const told = answers.map(({ predictions }) => JSON.stringify(predictions.map(({ tagName, probability }) => [tagName, probability.toFixed(6)])));
  return [answers[0], told[0] === told[1]];
}

async function classify() {
  const domain = await domainNamed("General (compact)", "Classification");
  const project = await trainer.createProject(`Flow ${Date.now()}`, { domainId: domain.id, classificationType: "Multiclass" });
  const [tags, uploads] = await upload(project, install.photos);
  const answer = { uploads, labels: await label(project, tags), metadata: await describe(project) };
  let iteration;
  [iteration, answer.training] = await train(project);
  const figures = await trainer.getIterationPerformance(project.id, iteration.id, { threshold: 0.5 });
  answer.performance = [figures.precision, figures.recall, figures.perTagPerformance.length];
  const judged = await trainer.getImagePerformances(project.id, iteration.id, { take: 2 });
  answer.judged = [judged.length, number(await trainer.getImagePerformanceCount(project.id, iteration.id))];
  const name = `flow ${install.sdk}/1`;
  await trainer.publishIteration(project.id, iteration.id, name, install.prediction_resource_id);
  answer.published = (await trainer.getIteration(project.id, iteration.id)).publishName === name;
  answer.predictions = {};
  for (const file of install.asked) {
    const [result, isSame] = await ask(predictor.classifyImage.bind(predictor), project, name, file);
    answer.predictions[file] = [result.predictions[0].tagName, isSame];
  }
  const [image] = await trainer.getTaggedImages(project.id, { take: 1 });
  const byUrl = await predictor.classifyImageUrlWithNoStore(project.id, name, { url: image.originalImageUri });
  answer.by_url = byUrl.predictions[0].tagName === image.tags[0].tagName;
  const quick = await trainer.quickTestImage(project.id, readFileSync(install.asked[0]), { iterationId: iteration.id });
  answer.quick = quick.predictions.map(({ tagName }) => tagName).sort();
  answer.export = await exported(project, iteration);
  await trainer.unpublishIteration(project.id, iteration.id);
  await trainer.deleteIteration(project.id, iteration.id);
  const ids = (await trainer.getTaggedImages(project.id, { take: 256 })).map(({ id }) => id);
  await (isOld ? trainer.deleteImages(project.id, ids) : trainer.deleteImages(project.id, { imageIds: ids }));
  answer.left = number(await trainer.getTaggedImageCount(project.id)) + number(await trainer.getUntaggedImageCount(project.id));
  await trainer.deleteTag(project.id, Object.values(tags)[0].id);
  await trainer.deleteProject(project.id);
  answer.projects_left = (await trainer.getProjects()).filter(({ id }) => id === project.id).map(({ id }) => id);
  return answer;
}

async function detectBefore() {
  const domain = (await trainer.getDomains()).find(({ type }) => type === "ObjectDetection");  // the first, as the quickstart
  const project = await trainer.createProject(`Boxes ${Date.now()}`, { domainId: domain.id });
  const tags = {};
  for (const name of ["circle", "cross"]) tags[name] = (await trainer.createTag(project.id, name)).id;
  const images = install.scenes.map(({ file, regions }) => ({
    name: basename(file),
    contents: readFileSync(file),
    regions: regions.map(({ tag, left, top, width, height }) => ({ tagId: tags[tag], left, top, width, height })),
  }));
  const summary = await trainer.createImagesFromFiles(project.id, { images });
  const { image } = summary.images[0];
  const box = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
  const { created } = await trainer.createImageRegions(project.id, { regions: [{ imageId: image.id, tagId: tags.cross, ...box }] });
  const { proposals } = await trainer.getImageRegionProposals(project.id, image.id);
  await trainer.deleteImageRegions(project.id, [created[0].regionId]);
  const [again] = await trainer.getImagesByIds(project.id, { imageIds: [image.id] });
  const { left, top, width, height } = created[0];
  return {
    project_id: project.id,
    domain: domain.name,
    uploaded: summary.images.map(({ status }) => status),
    regions: [image.regions.length, again.regions.length],
    made: { left, top, width, height },
    proposed: proposals.length,
  };
}

async function detectAfter() {
  const project = await trainer.getProject(install.project_id);
  const [iteration] = await trainer.getIterations(project.id);
  const figures = await trainer.getIterationPerformance(project.id, iteration.id, { threshold: 0.5, overlapThreshold: 0.5 });
  const judged = (await trainer.getImagePerformances(project.id, iteration.id)).filter(({ predictions }) => predictions.length);
  const name = `boxes ${install.sdk}`;
  await trainer.publishIteration(project.id, iteration.id, name, install.prediction_resource_id);
  const { file } = install.scenes[0];
  const [result, same] = await ask(predictor.detectImage.bind(predictor), project, name, file);
  const { left, top, width, height } = result.predictions[0].boundingBox;
  const classified = await predictor.classifyImage(project.id, name, readFileSync(file)).then(() => "", codeOf);
  await trainer.unpublishIteration(project.id, iteration.id);
  await trainer.deleteIteration(project.id, iteration.id);
  await trainer.deleteProject(project.id);
  return {
    status: iteration.status,
    performance: [figures.precision, figures.averagePrecision],
    judged: judged[0].predictions[0].boundingBox.width > 0,
    detected: result.predictions.map(({ tagName, probability }) => [tagName, Number(probability.toFixed(2))]),
    box: [left, top, width, height].map((edge) => Number(edge.toFixed(3))),
    same,
    classified,
  };
}

const steps = { classify, detect_before: detectBefore, detect_after: detectAfter };
console.log(JSON.stringify(await steps[install.step]()));
