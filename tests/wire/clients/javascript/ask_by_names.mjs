// Asks one classifier about one photo under the published name given, as a buffer and by its address.
// Reads a JSON object from standard input and prints one.

import { readFileSync } from "node:fs";
import predictionApi from "@azure/cognitiveservices-customvision-prediction";
import msRest from "@azure/ms-rest-js";

const install = JSON.parse(readFileSync(0, "utf8"));
const predictor = new predictionApi.PredictionAPIClient(
  new msRest.ApiKeyCredentials({ inHeader: { "Prediction-key": install.prediction_key } }),
  install.endpoint,
);
const { project, name } = install;
const byData = await predictor.classifyImageWithNoStore(project, name, readFileSync(install.photo));
const byUrl = await predictor.classifyImageUrlWithNoStore(project, name, { url: install.url });
console.log(JSON.stringify({ answers: [byData, byUrl].map(({ predictions }) => predictions[0].tagName) }));
