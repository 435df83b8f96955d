// SPDX-License-Identifier: Apache-2.0
// Holds dashboards against Grafana's own types: check.mjs FILE...
//
// The npm package of the Grafana foundation SDK has types, no JSON schema, so one is made of them here
// (ts-json-schema-generator), and ajv does the rest. An unknown key is an error. Differences to the types:
//  - what the SDK marks as necessary in a panel's options is not: Grafana fills in its defaults;
//  - a data link of a field is a title and a URL, where the SDK has a dashboard's link;
//  - a target is that of the SQLite data source, which the SDK does not know.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import Ajv from "ajv";
import { createGenerator } from "ts-json-schema-generator";

const SDK = join(dirname(fileURLToPath(import.meta.url)),
  "node_modules/@grafana/grafana-foundation-sdk/dist");
const TARGET = {
  type: "object",
  additionalProperties: false,
  required: ["refId", "datasource", "queryText", "rawQueryText", "queryType", "timeColumns"],
  properties: {
    refId: { type: "string" }, queryText: { type: "string" }, rawQueryText: { type: "string" },
    datasource: { $ref: "#/definitions/common.DataSourceRef" },
    queryType: { enum: ["table", "time series"] }, hide: { type: "boolean" },
    timeColumns: { type: "array", items: { type: "string" } },
  },
};
const DATA_LINK = {
  type: "object",
  additionalProperties: false,
  required: ["title", "url"],
  properties: { title: { type: "string" }, url: { type: "string" },
                targetBlank: { type: "boolean" }, oneClick: { type: "boolean" } },
};

function schemaOf(folder, type) {
  const schema = createGenerator({
    path: join(SDK, folder, "types.gen.d.ts"), type, skipTypeCheck: true, encodeRefs: false,
    additionalProperties: false, topRef: true, functions: "hide", jsDoc: "none",
  }).createSchema(type);
  delete schema.$schema;
  return schema;
}

function withoutRequired(schema) {
  if (Array.isArray(schema)) return schema.map(withoutRequired);
  if (schema === null || typeof schema !== "object") return schema;
  const entries = Object.entries(schema)
    .filter(([key, value]) => !(key === "required" && Array.isArray(value)));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutRequired(value)]));
}

const definitionOf = (schema, name) => {
  const found = Object.keys(schema.definitions).find((key) => key.split(".").pop() === name);
  if (!found) throw new Error(`the SDK has no type ${name}: has it changed?`);
  return found;
};

function dashboardValidator(ajv) {
  const schema = schemaOf("dashboard", "Dashboard");
  const reference = definitionOf(schema, "DataSourceRef");
  const target = structuredClone(TARGET);
  target.properties.datasource.$ref = `#/definitions/${reference}`;
  schema.definitions[definitionOf(schema, "Dataquery")] = target;
  schema.definitions[definitionOf(schema, "FieldConfig")].properties.links =
    { type: "array", items: DATA_LINK };
  // of a panel: the same data links
  schema.definitions[definitionOf(schema, "Panel")].properties.links =
    { type: "array", items: DATA_LINK };
  // of an annotation: a target of the data source
  schema.definitions[definitionOf(schema, "AnnotationQuery")].properties.target = target;
  return ajv.compile(schema);
}

const panelValidators = new Map();
function panelValidator(ajv, kind, type) {
  const folder = kind.replaceAll("-", "");
  const key = `${folder}/${type}`;
  if (!panelValidators.has(key)) {
    let schema;
    try {
      schema = withoutRequired(schemaOf(folder, type));
    } catch {
      // a kind of panel whose fields have nothing of their own has no such type
      schema = type === "Options" ? false : { type: "object", maxProperties: 0 };
    }
    panelValidators.set(key, ajv.compile(schema));
  }
  return panelValidators.get(key);
}

const told = (validator) => validator.errors.map((e) =>
  `${e.instancePath || "/"} ${e.message}${e.params?.additionalProperty
    ? ` (${e.params.additionalProperty})` : ""}${e.params?.allowedValues
    ? ` (${e.params.allowedValues.join(", ")})` : ""}`);

function* problems(ajv, validate, dashboard) {
  if (!validate(dashboard)) yield* told(validate);
  const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  for (const panel of panels.filter((p) => p.type !== "row")) {
    const options = panelValidator(ajv, panel.type, "Options");
    if (!options(panel.options ?? {}))
      yield* told(options).map((text) => `panel ${panel.title}: options${text}`);
    const custom = panelValidator(ajv, panel.type, "FieldConfig");
    if (!custom(panel.fieldConfig?.defaults?.custom ?? {}))
      yield* told(custom).map((text) => `panel ${panel.title}: custom${text}`);
  }
}

// What must be found, or the check is none.
const DAMAGE = {
  "an unknown key": (d) => { d.panls = []; },
  "a title that is a number": (d) => { d.title = 3; },
  "a panel's unknown key": (d, panel) => { panel.gridpos = {}; },
  "a unit that is a number": (d, panel) => { panel.fieldConfig.defaults.unit = 7; },
  "an unknown colour mode": (d, panel) => { panel.fieldConfig.defaults.color = { mode: "red" }; },
  "an unknown option": (d, panel) => { panel.options.legends = {}; },
  "an unknown look of lines": (d, panel) => { panel.fieldConfig.defaults.custom.width = 1; },
  "a target without query": (d, panel) => { delete panel.targets[0].queryText; },
};

function* missed(ajv, validate, dashboard) {
  for (const [name, damage] of Object.entries(DAMAGE)) {
    const copy = structuredClone(dashboard);
    const panel = copy.panels.flatMap((p) => [p, ...(p.panels ?? [])])
      .find((p) => p.type === "timeseries");
    if (!panel) return;
    damage(copy, panel);
    if (!problems(ajv, validate, copy).next().value) yield name;
  }
}

const files = process.argv.slice(2);
const ajv = new Ajv({ allErrors: true, strict: false });
const validate = dashboardValidator(ajv);
let count = 0;
function tell(file, text) {
  console.log(`${basename(file, ".json")}: ${text}`);
  count++;
}
for (const file of files) {
  const dashboard = JSON.parse(readFileSync(file, "utf8"));
  for (const text of new Set(problems(ajv, validate, dashboard))) tell(file, text);
  for (const name of missed(ajv, validate, dashboard)) tell(file, `the check did not find ${name}`);
}
const version = createRequire(import.meta.url)(join(SDK, "../package.json")).version;
console.log(`${files.length} dashboards, foundation SDK ${version}: ${count} problems`);
process.exit(count || !files.length ? 1 : 0);
