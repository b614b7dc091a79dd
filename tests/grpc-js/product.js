// The product through its gateway. Usage: node product.js HOST:PORT REST_URL ADMIN_KEY
'use strict';
const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');
const { grpc, load, unary, collect, failure, run } = require('./cases');
const { events, lead, sendAll, TcpPath } = require('./stream');
const { detailsOf } = require('./details');

const [address, rest, adminKey] = process.argv.slice(2);
const insecure = grpc.credentials.createInsecure();
const v1 = load('product', 'crmkpi/v1/event_ingestion.proto', 'crmkpi/v1/kpi_query.proto').crmkpi.v1;
const ingestion = new v1.EventIngestion(address, insecure);
const query = new v1.KpiQuery(address, insecure);
const march = { from: '2025-03-01', to: '2025-04-01' };
let tenants = 0;

function withKey(key = adminKey, more = {}) {
  const metadata = new grpc.Metadata();
  if (key) metadata.set('authorization', `Bearer ${key}`);
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return metadata;
}

async function overRest(path, options = {}) {
  const answer = await fetch(`${rest}/v1/${path}`, {
    ...options, headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
  });
  const body = await answer.json();
  assert.ok(answer.ok, `${path}: ${JSON.stringify(body)}`);
  return body;
}

async function newTenant() {
  const tenant = `grpc-js-${++tenants}`;
  await overRest(`tenants/${tenant}`, { method: 'PUT', body: JSON.stringify({ name: tenant, timeZone: 'UTC', locale: 'en' }) });
  return tenant;
}

const append = (tenant, list, more) => unary(ingestion, 'Append', { tenant, events: list }, withKey(), more);
const kpis = (tenant, question, metadata = withKey(), more) => unary(query, 'GetKpis', { tenant, question }, metadata, more);
const first = answer => answer.kpis[0].series[0].points[0].value;

async function countInLog(tenant) {
  const ids = new Set();
  let count = 0;
  for (let after = 0; after !== null;) {
    const page = await overRest(`tenants/${tenant}/events?limit=1000&after=${after}`);
    for (const e of page.events.filter(e => e.stream !== 'tenant')) {
      ids.add(e.id);
      count++;
    }
    after = page.next;
  }
  assert.equal(ids.size, count, 'An event stands twice in the log.');
  return count;
}

/** A tenant with a small history, and the sequence that reflects it. */
async function history() {
  const tenant = await newTenant();
  const json = value => ({ text_data: JSON.stringify(value) });
  const { response } = await append(tenant, [
    lead('1'), lead('2'), lead('3'),
    lead('d1', { type: 'deal.created', subject: 'deal/1', ...json({ lead: '1', customer: 'c1', pipeline: 'main', stage: 'new' }) }),
    lead('w1', { type: 'deal.won', subject: 'deal/1', ...json({ amount: { amount: '1054.50', currency: 'RUB' } }) }),
  ]);
  assert.deepEqual([response.accepted, response.rejected_count], [5, 0], JSON.stringify(response));
  return { tenant, min_sequence: response.sequence };
}

run({
  async append() {
    const tenant = await newTenant();
    const once = (await append(tenant, events(0, 10))).response;
    assert.deepEqual([once.accepted, once.duplicates, once.rejected_count], [10, 0, 0]);
    const again = (await append(tenant, events(5, 10))).response;
    assert.deepEqual([again.accepted, again.duplicates, again.sequence], [5, 5, once.sequence + 5]);
    assert.equal(await countInLog(tenant), 15);
  },
  async append_partly_rejected() {
    const tenant = await newTenant();
    const { response } = await append(tenant, [lead('good'), lead('bad', { text_data: '{"source": 7}' })]);
    assert.deepEqual([response.accepted, response.rejected_count], [1, 1]);
    const [rejected] = response.rejected;
    assert.deepEqual([rejected.index, rejected.id, rejected.code, rejected.pointer], [1, 'bad', 'wrong_type', '/data/source']);
  },
  async append_stream_50000_with_killed_connections() {
    const [batches, each] = [200, 250];
    const tenant = await newTenant();
    const path = await TcpPath.open(address);
    const client = new v1.EventIngestion(path.address, insecure, { 'grpc.initial_reconnect_backoff_ms': 100 });
    const kills = [30, 110];
    const state = { next: 0, accepted: 0, duplicates: 0, breaks: 0 };
    while (state.next < batches) {
      const status = await sendAll(client, withKey(), tenant, state, batches, each, () => {
        if (kills.length > 0 && state.next >= kills[0]) {
          kills.shift();
          path.kill();
        }
      });
      if (status.code !== grpc.status.OK) {
        assert.ok([grpc.status.UNAVAILABLE, grpc.status.CANCELLED, grpc.status.INTERNAL].includes(status.code), status.details);
        state.breaks++;
      }
    }
    client.close();
    path.close();
    assert.equal(state.breaks, 2);
    // What was stored without the acknowledgement having come back counts as duplicate the second time.
    assert.ok(state.accepted <= batches * each && state.accepted + state.duplicates === batches * each, JSON.stringify(state));
    assert.equal(await countInLog(tenant), batches * each);
    const { answer, lag } = (await kpis(tenant, { kpis: ['leads_created'], ...march, min_sequence: state.sequence })).response;
    assert.deepEqual([first(answer).value, lag], [String(batches * each), 0]);
  },
  async append_stream_cancelled() {
    const tenant = await newTenant();
    const call = ingestion.AppendStream(withKey());
    const done = collect(call, () => call.cancel());
    call.write({ tenant, batch_id: 1, events: events(0, 20) });
    const { messages, status } = await done;
    assert.equal(status.code, grpc.status.CANCELLED);
    assert.deepEqual([messages[0].batch_id, messages[0].result.accepted], [1, 20]);
    assert.equal(await countInLog(tenant), 20);
  },
  async append_stream_deadline() {
    const tenant = await newTenant();
    const call = ingestion.AppendStream(withKey(), { deadline: Date.now() + 1500 });
    const done = collect(call);
    call.write({ tenant, batch_id: 1, events: events(0, 20) });
    const { messages, status } = await done;
    assert.equal(status.code, grpc.status.DEADLINE_EXCEEDED);
    assert.equal(messages.length, 1);
  },
  async get_kpis() {
    const { tenant, min_sequence } = await history();
    const question = { kpis: ['revenue', 'lead_conversion'], ...march, min_sequence };
    const { answer } = (await kpis(tenant, question)).response;
    const same = await overRest(`tenants/${tenant}/kpis?kpi=revenue,lead_conversion&from=${march.from}&to=${march.to}`);
    for (const [i, kpi] of same.kpis.entries()) {
      const [mine, theirs] = [answer.kpis[i], kpi.series[0].points[0]];
      assert.deepEqual([mine.id, mine.name, mine.unit], [kpi.id, kpi.name, kpi.unit]);
      assert.equal(Number(mine.series[0].points[0].value.value), theirs.value);
    }
    assert.equal(first(answer).value, '1054.5');
    assert.deepEqual([answer.basis.tenant, answer.basis.currency, answer.basis.time_zone], [tenant, 'RUB', 'UTC']);
  },
  async list_catalogue() {
    const { response } = await unary(query, 'ListCatalogue', { language: 'LANGUAGE_RU' }, withKey());
    const same = await overRest('kpis?lang=ru');
    assert.deepEqual(response.kpis.map(k => [k.id, k.name, k.formula]), same.kpis.map(k => [k.id, k.name, k.formula]));
    assert.ok(response.measures.length > 50);
  },
  async get_funnel() {
    const { tenant, min_sequence } = await history();
    const { funnel } = (await unary(query, 'GetFunnel', { tenant, pipeline: 'main', ...march, min_sequence }, withKey())).response;
    assert.deepEqual([funnel.pipeline, funnel.summary.leads, funnel.summary.deals, funnel.summary.won], ['main', '3', '1', '1']);
    assert.equal(funnel.stages[0].id, 'new');
  },
  async explain() {
    const { tenant, min_sequence } = await history();
    const { explanation } = (await unary(query, 'Explain', { tenant, kpi: 'revenue', ...march, min_sequence }, withKey())).response;
    assert.equal(explanation.value.value, '1054.5');
    assert.deepEqual(explanation.facts.items.map(f => [f.stream, f.adds]), [['deal/1', '1054.5']]);
    assert.equal(explanation.settings.fields.timeZone.stringValue ?? explanation.settings.fields.timeZone.string_value, 'UTC');
  },
  async watch() {
    const { tenant, min_sequence } = await history();
    const question = { kpis: ['leads_created'], ...march };
    await kpis(tenant, { ...question, min_sequence });
    const call = query.Watch({ tenant, question }, withKey());
    const { messages, status } = await collect(call, (message, count) => {
      if (count === 1) append(tenant, [lead('4')]).catch(() => call.cancel());
      else call.cancel();
    });
    assert.equal(status.code, grpc.status.CANCELLED);
    assert.deepEqual(messages.map(m => first(m.answer).value), ['3', '4']);
  },
  async watch_deadline() {
    const { tenant } = await history();
    const call = query.Watch({ tenant, question: { kpis: ['leads_created'] } }, withKey(), { deadline: Date.now() + 1500 });
    const { messages, status } = await collect(call);
    assert.equal(status.code, grpc.status.DEADLINE_EXCEEDED);
    assert.ok(messages.length > 0);
  },
  async unary_deadline() {
    const { tenant } = await history();
    const error = await failure(kpis(
      tenant, { kpis: ['revenue'], min_sequence: 1_000_000 }, withKey(), { deadline: Date.now() + 200 }));
    assert.equal(error.code, grpc.status.DEADLINE_EXCEEDED);
  },
  async unary_cancelled() {
    const { tenant } = await history();
    const error = await failure(new Promise((resolve, reject) => {
      const call = query.GetKpis(
        { tenant, question: { kpis: ['revenue'], min_sequence: 1_000_000 } }, withKey(), (e, r) => e ? reject(e) : resolve(r));
      sleep(200).then(() => call.cancel());
    }));
    assert.equal(error.code, grpc.status.CANCELLED);
  },
  async metadata() {
    const { tenant } = await history();
    const given = await kpis(tenant, { kpis: ['revenue'] }, withKey(adminKey, { 'x-request-id': 'of-the-caller.7' }));
    assert.deepEqual(given.metadata.get('x-request-id'), ['of-the-caller.7']);
    const made = await kpis(tenant, { kpis: ['revenue'] });
    assert.match(String(made.metadata.get('x-request-id')[0]), /^[0-9a-f]{32}$/);
  },
  async api_key_header() {
    const { tenant } = await history();
    const metadata = new grpc.Metadata();
    metadata.set('x-api-key', adminKey);
    assert.equal((await kpis(tenant, { kpis: ['revenue'] }, metadata)).status.code, grpc.status.OK);
  },
  async gzip() {
    const tenant = await newTenant();
    const zipped = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
    const packed = new v1.EventIngestion(address, insecure, zipped);
    const { response } = await unary(packed, 'Append', { tenant, events: events(0, 2000) }, withKey());
    assert.equal(response.accepted, 2000);
    const call = packed.AppendStream(withKey());
    const done = collect(call);
    call.write({ tenant, batch_id: 1, events: events(1000, 2000) });
    call.end();
    const { messages: [ack] } = await done;
    assert.deepEqual([ack.result.accepted, ack.result.duplicates], [1000, 1000]);
    // An answer of some size comes packed, which the client unpacks by itself.
    const question = { kpis: ['leads_created'], ...march, grain: 'GRAIN_DAY', min_sequence: ack.result.sequence };
    const { answer } = (await unary(new v1.KpiQuery(address, insecure, zipped), 'GetKpis', { tenant, question }, withKey())).response;
    assert.equal(answer.kpis[0].series[0].points.reduce((sum, p) => sum + Number(p.value.value), 0), 3000);
  },
  async error_details() {
    const { tenant } = await history();
    const error = await failure(kpis(tenant, { kpis: ['revenu'] }));
    assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
    const details = detailsOf(error);
    assert.deepEqual([details.info.reason, details.info.domain], ['bad_parameter', 'crmkpi']);
    assert.match(details.badRequest.field_violations[0].description, /Did you mean 'revenue'/);
    assert.equal(details.badRequest.field_violations[0].field, 'question.kpis');

    const rejected = await failure(append(tenant, [lead('x', { type: 'lead.creatd' })]));
    assert.equal(rejected.code, grpc.status.FAILED_PRECONDITION);
    assert.equal(detailsOf(rejected).badRequest.field_violations[0].field, 'events[0].type');
  },
  async retry_info() {
    const { tenant } = await history();
    const error = await failure(kpis(tenant, { kpis: ['revenue'], min_sequence: 1_000_000 }));
    assert.equal(error.code, grpc.status.UNAVAILABLE, error.message);
    assert.equal(detailsOf(error).info.reason, 'sequence_not_reached');
    assert.ok(Number(detailsOf(error).retry.retry_delay.seconds) >= 1);
  },
  async credentials() {
    const { tenant } = await history();
    for (const key of ['', 'crmkpi_wrong'])
      assert.equal((await failure(kpis(tenant, { kpis: ['revenue'] }, withKey(key)))).code, grpc.status.UNAUTHENTICATED);
    const { key } = await overRest('keys', { method: 'POST', body: JSON.stringify({ name: 'in', scopes: ['ingest'], tenants: [tenant] }) });
    const denied = await failure(kpis(tenant, { kpis: ['revenue'] }, withKey(key)));
    assert.deepEqual([denied.code, detailsOf(denied).info.reason], [grpc.status.PERMISSION_DENIED, 'missing_scope']);
    const other = await newTenant();
    const [unknown, hidden] = await Promise.all(['nobody', other].map(t =>
      failure(unary(ingestion, 'Append', { tenant: t, events: events(0, 1) }, withKey(key)))));
    assert.deepEqual([unknown.code, unknown.details], [grpc.status.NOT_FOUND, hidden.details]);
  },
}, 240);
