// Runs named cases one after the other and prints PASS name, or FAIL name: why.
'use strict';
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const root = path.join(__dirname, '..', '..');
const folders = {
  product: path.join(root, 'protos'),
  interop: path.join(root, 'tests', 'CrmKpi.Grpc.Tests', 'Interop', 'Protos'),
};

/** The packages of .proto files. */
function load(folder, ...files) {
  const options = { includeDirs: [folders[folder]], keepCase: true, longs: Number, defaults: true, oneofs: true, bytes: Buffer };
  return grpc.loadPackageDefinition(loader.loadSync(files, options));
}

/** A unary call as a promise of { response, metadata, status }; a failure rejects with the ServiceError. */
function unary(client, method, request, metadata = new grpc.Metadata(), options = {}) {
  return new Promise((resolve, reject) => {
    const answer = {};
    const call = client[method](request, metadata, options, (error, response) => {
      if (error) reject(error);
      else answer.response = response;
    });
    call.on('metadata', m => { answer.metadata = m; });
    call.on('status', s => { answer.status = s; if (s.code === grpc.status.OK) setImmediate(() => resolve(answer)); });
  });
}

/** All messages of a stream and its status; onMessage may act on each. */
function collect(call, onMessage = () => {}) {
  return new Promise(resolve => {
    const result = { messages: [] };
    call.on('metadata', m => { result.metadata = m; });
    call.on('data', m => { result.messages.push(m); onMessage(m, result.messages.length); });
    call.on('error', () => {});
    call.on('status', s => { result.status = s; resolve(result); });
  });
}

/** The ServiceError of a promise that must fail. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The call succeeded.');
}

async function run(cases, secondsMax = 60) {
  for (const [name, body] of Object.entries(cases)) {
    let timer;
    const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('no end')), secondsMax * 1000); });
    try {
      await Promise.race([body(), limit]);
      console.log(`PASS ${name}`);
    } catch (error) {
      console.log(`FAIL ${name}: ${String(error.stack ?? error).replaceAll('\n', ' | ')}`);
    }
    clearTimeout(timer);
  }
  process.exit(0);
}

module.exports = { grpc, load, unary, collect, failure, run };
