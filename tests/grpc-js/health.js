// Health and reflection. Usage: node health.js HOST:PORT (of the test service)
'use strict';
const assert = require('node:assert/strict');
const { grpc, load, unary, collect, failure, run } = require('./cases');

const packages = load('product', 'grpc/health/v1/health.proto', 'grpc/reflection/v1/reflection.proto').grpc;
const [address, insecure] = [process.argv[2], grpc.credentials.createInsecure()];
const health = new packages.health.v1.Health(address, insecure);
const reflection = new packages.reflection.v1.ServerReflection(address, insecure);

async function reflect(request) {
  const call = reflection.ServerReflectionInfo();
  const done = collect(call);
  call.write(request);
  call.end();
  const { messages, status } = await done;
  assert.equal(status.code, grpc.status.OK);
  return messages[0];
}

const file = async request => {
  const { file_descriptor_response: found } = await reflect(request);
  assert.ok(found.file_descriptor_proto.length >= 1);
  return found.file_descriptor_proto.map(bytes => bytes.toString('latin1'));
};

run({
  async check() {
    for (const service of ['', 'grpc.testing.TestService'])
      assert.equal((await unary(health, 'Check', { service })).response.status, 1);
  },
  async check_unknown() {
    assert.equal((await failure(unary(health, 'Check', { service: 'no.such.Service' }))).code, grpc.status.NOT_FOUND);
  },
  async watch() {
    const known = health.Watch({ service: '' });
    const states = await collect(known, () => known.cancel());
    assert.equal(states.messages[0].status, 1);
    const unknown = health.Watch({ service: 'no.such.Service' });
    assert.equal((await collect(unknown, () => unknown.cancel())).messages[0].status, 3);
  },
  async list_services() {
    const { list_services_response: list } = await reflect({ list_services: '*' });
    const names = list.service.map(s => s.name);
    assert.ok(names.includes('grpc.testing.TestService') && names.includes('grpc.health.v1.Health'), names.join());
  },
  async file_by_symbol() {
    const files = await file({ file_containing_symbol: 'grpc.testing.SimpleRequest' });
    assert.ok(files[0].includes('grpc/testing/messages.proto'));
    assert.equal((await file({ file_containing_symbol: 'grpc.testing.TestService.UnaryCall' })).length, 3);
  },
  async file_by_name() {
    assert.ok((await file({ file_by_filename: 'grpc/testing/test.proto' }))[0].includes('grpc/testing/test.proto'));
  },
  async unknown_symbol() {
    assert.equal((await reflect({ file_containing_symbol: 'no.Such' })).error_response.error_code, grpc.status.NOT_FOUND);
  },
});
