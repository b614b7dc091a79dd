// A gateway whose services are not to be had. Usage: node gateway.js HOST:PORT
'use strict';
const assert = require('node:assert/strict');
const { grpc, load, unary, collect, failure, run } = require('./cases');

const [address, insecure] = [process.argv[2], grpc.credentials.createInsecure()];
const v1 = load('product', 'crmkpi/v1/event_ingestion.proto', 'crmkpi/v1/kpi_query.proto').crmkpi.v1;
const { ServerReflection } = load('product', 'grpc/reflection/v1/reflection.proto').grpc.reflection.v1;

const { Health } = load('product', 'grpc/health/v1/health.proto').grpc.health.v1;

run({
  async back_end_down() {
    const error = await failure(unary(new v1.EventIngestion(address, insecure), 'Append', {}));
    assert.equal(error.code, grpc.status.UNAVAILABLE, error.message);
    assert.ok(error.metadata.get('grpc-status-details-bin').length === 1);
  },
  async no_back_end() {
    const error = await failure(unary(new v1.KpiQuery(address, insecure), 'GetKpis', {}));
    assert.equal(error.code, grpc.status.UNAVAILABLE, error.message);
  },
  async health() {
    const health = new Health(address, insecure);
    const [serving, notServing] = [1, 2];
    assert.equal((await unary(health, 'Check', { service: '' })).response.status, serving);
    assert.equal((await unary(health, 'Check', { service: 'crmkpi.v1.KpiQuery' })).response.status, notServing);
    const watch = health.Watch({ service: 'crmkpi.v1.EventIngestion' });
    const states = await collect(watch, m => { if (m.status === notServing) watch.cancel(); });
    assert.equal(states.messages.at(-1).status, notServing);
    assert.equal((await failure(unary(health, 'Check', { service: 'no.such.Service' }))).code, grpc.status.NOT_FOUND);
  },
  async reflection_of_public_services() {
    const call = new ServerReflection(address, insecure).ServerReflectionInfo();
    const done = collect(call);
    call.write({ list_services: '' });
    call.end();
    const names = (await done).messages[0].list_services_response.service.map(s => s.name);
    assert.ok(names.includes('crmkpi.v1.EventIngestion') && names.includes('crmkpi.v1.KpiQuery'), names.join());
  },
});
