// Reads JSON from standard input, [{ "id": …, "object": … }], and prints "id: path: problem" for whatever Kubernetes of the minor
// version that is named would refuse: fields that it does not know, fields that are missing, values of another type.
//   node schemas.mjs 1.34 < objects.json
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const version = process.argv[2];
const modules = fileURLToPath(new URL('./node_modules/', import.meta.url));

// Objects of Kubernetes itself: the official client, which is generated from the OpenAPI document of each minor version.
const client = `${modules}kubernetes-${version}/dist/gen/`;
const stated = readFileSync(`${client}models/V1Pod.js`, 'utf8').match(/OpenAPI spec version: \D*(\d+\.\d+)/)[1];
if (stated !== version) throw new Error(`kubernetes-${version} is that of ${stated}.`);

const models = new Map();
async function modelOf(type) {
  if (!models.has(type)) {
    const { [type]: model } = await import(pathToFileURL(`${client}models/${type}.js`));
    const declared = readFileSync(`${client}models/${type}.d.ts`, 'utf8').matchAll(/^ {4}'(\w+)'(\??): /gm);
    const optional = new Map(Array.from(declared, ([, name, mark]) => [name, mark === '?']));
    models.set(type, model.getAttributeTypeMap().map(a => ({ ...a, required: !optional.get(a.name) })));
  }
  return models.get(type);
}

const is = (value, type) => typeof value === type;
const scalars = {
  string: value => is(value, 'string'),
  boolean: value => is(value, 'boolean'),
  number: (value, format) => is(value, 'number') && (format !== 'int32' && format !== 'int64' || Number.isInteger(value)),
  Date: value => is(value, 'string') && !Number.isNaN(Date.parse(value)),
  IntOrString: value => is(value, 'string') || Number.isInteger(value),
  any: () => true,
  object: value => is(value, 'object'),
};

async function checkCore(value, type, format, path, problems) {
  if (type in scalars) {
    if (!scalars[type](value, format)) problems.push(`${path}: ${JSON.stringify(value)} is no ${format || type}`);
    return;
  }
  const [, item] = type.match(/^Array<(.*)>$/) ?? [];
  const [, entry] = type.match(/^\{ \[key: string\]: (.*); \}$/) ?? [];
  if (item) {
    if (!Array.isArray(value)) return problems.push(`${path}: is no list`);
    for (const [i, one] of value.entries()) await checkCore(one, item, '', `${path}[${i}]`, problems);
    return;
  }
  if (!is(value, 'object') || value === null || Array.isArray(value)) return problems.push(`${path}: is no object`);
  if (entry) {
    for (const [key, one] of Object.entries(value)) await checkCore(one, entry, '', `${path}.${key}`, problems);
    return;
  }
  const attributes = await modelOf(type);
  for (const { baseName } of attributes.filter(a => a.required && value[a.baseName] === undefined))
    problems.push(`${path}: ${baseName} is missing`);
  for (const [key, one] of Object.entries(value)) {
    const attribute = attributes.find(a => a.baseName === key);
    if (!attribute) problems.push(`${path}: ${key} is not known`);
    else await checkCore(one, attribute.type, attribute.format, `${path}.${key}`, problems);
  }
}

function coreType({ apiVersion, kind }) {
  const [group, number] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const capital = text => text[0].toUpperCase() + text.slice(1);
  const type = capital(number) + kind;
  const api = `${capital(group.split('.')[0])}${capital(number)}Api`;
  const file = `${client}apis/${api}.js`;
  return existsSync(file) && readFileSync(file, 'utf8').includes(`createNamespaced${kind}(`) ? type : null;
}

// Objects of extensions: validators that are generated from their custom resource definitions.
const extensions = {
  'postgresql.cnpg.io': 'cloudnative-pg',
  'keda.sh': 'keda',
  'gateway.networking.k8s.io': 'gateway-api',
  'monitoring.coreos.com': 'prometheus-operator',
};

// What a validator never looks at, its definition does not know.
function watched(value, path, unread) {
  if (!is(value, 'object') || value === null) return value;
  const left = new Set(Array.isArray(value) ? [] : Object.keys(value));
  unread.push(() => Array.from(left, key => `${path}: ${key} is not known`));
  const inside = new Map();
  return new Proxy(value, {
    get(target, key) {
      left.delete(key);
      if (!inside.has(key)) inside.set(key, watched(target[key], `${path}.${String(key)}`, unread));
      return inside.get(key);
    },
  });
}

async function checkExtension(object, problems) {
  const folder = `${modules}@kubernetes-models/${extensions[object.apiVersion.split('/')[0]]}/`;
  const file = `${folder}${object.apiVersion}/${object.kind}.js`;
  if (!existsSync(file)) return problems.push(`${object.apiVersion} ${object.kind} is not known`);
  const source = readFileSync(file, 'utf8');
  const { validate } = await import(pathToFileURL(`${folder}${source.match(/_schemas\/\w+\.js/)[0]}`));
  const unread = [];
  if (!validate(watched(object, object.kind, unread)))
    for (const e of validate.errors)
      problems.push(`${object.kind}${e.instancePath.replaceAll('/', '.')}: ${e.message ?? `${e.keyword} ${JSON.stringify(e.params)}`}`);
  problems.push(...unread.flatMap(rest => rest()));
}

for (const { id, object } of JSON.parse(readFileSync(0, 'utf8'))) {
  const problems = [];
  if (object.apiVersion.split('/')[0] in extensions) await checkExtension(object, problems);
  else {
    const type = coreType(object);
    if (type) await checkCore(object, type, '', object.kind, problems);
    else problems.push(`${object.apiVersion} ${object.kind} is not known`);
  }
  for (const problem of problems) console.log(`${id}: ${problem}`);
}
