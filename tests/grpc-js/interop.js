// The cases of the gRPC interoperability test descriptions. Usage: node interop.js HOST:PORT
'use strict';
const assert = require('node:assert/strict');
const { grpc, load, unary, collect, failure, run } = require('./cases');

const { TestService, UnimplementedService } = load('interop', 'grpc/testing/test.proto').grpc.testing;
const address = process.argv[2];
const insecure = grpc.credentials.createInsecure();
const client = new TestService(address, insecure);
const zipped = new TestService(address, insecure, { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
const zeros = size => ({ body: Buffer.alloc(size) });
const sizes = { requests: [27182, 8, 1828, 45904], responses: [31415, 9, 2653, 58979] };

function checkPayload(payload, size) {
  assert.equal(payload.body.length, size);
  assert.ok(payload.body.every(b => b === 0));
}

async function echo(call) {
  const result = await call;
  assert.deepEqual(result.metadata.get('x-grpc-test-echo-initial'), ['test_initial_metadata_value']);
  assert.deepEqual(result.status.metadata.get('x-grpc-test-echo-trailing-bin'), [Buffer.from([0xab, 0xab, 0xab])]);
}

function echoMetadata() {
  const metadata = new grpc.Metadata();
  metadata.set('x-grpc-test-echo-initial', 'test_initial_metadata_value');
  metadata.set('x-grpc-test-echo-trailing-bin', Buffer.from([0xab, 0xab, 0xab]));
  return metadata;
}

async function statusOf(code, message) {
  const request = { response_status: { code, message } };
  const error = await failure(unary(client, 'UnaryCall', request));
  assert.deepEqual([error.code, error.details], [code, message]);
  const call = client.FullDuplexCall();
  const result = collect(call);
  call.write(request);
  call.end();
  const { status } = await result;
  assert.deepEqual([status.code, status.details], [code, message]);
}

run({
  async empty_unary() {
    assert.deepEqual((await unary(client, 'EmptyCall', {})).response, {});
  },
  async large_unary() {
    const { response } = await unary(client, 'UnaryCall', { response_size: 314159, payload: zeros(271828) });
    checkPayload(response.payload, 314159);
  },
  async client_streaming() {
    const size = await new Promise((resolve, reject) => {
      const call = client.StreamingInputCall((error, response) =>
        error ? reject(error) : resolve(response.aggregated_payload_size));
      sizes.requests.forEach(size => call.write({ payload: zeros(size) }));
      call.end();
    });
    assert.equal(size, 74922);
  },
  async server_streaming() {
    const call = client.StreamingOutputCall({ response_parameters: sizes.responses.map(size => ({ size })) });
    const { messages, status } = await collect(call);
    assert.equal(status.code, grpc.status.OK);
    assert.equal(messages.length, 4);
    messages.forEach((message, i) => checkPayload(message.payload, sizes.responses[i]));
  },
  async ping_pong() {
    const call = client.FullDuplexCall();
    const send = i => call.write({ response_parameters: [{ size: sizes.responses[i] }], payload: zeros(sizes.requests[i]) });
    const done = collect(call, (message, count) => {
      checkPayload(message.payload, sizes.responses[count - 1]);
      if (count < 4) send(count);
      else call.end();
    });
    send(0);
    const { messages, status } = await done;
    assert.equal(status.code, grpc.status.OK);
    assert.equal(messages.length, 4);
  },
  async empty_stream() {
    const call = client.FullDuplexCall();
    const done = collect(call);
    call.end();
    const { messages, status } = await done;
    assert.equal(status.code, grpc.status.OK);
    assert.equal(messages.length, 0);
  },
  async custom_metadata() {
    await echo(unary(client, 'UnaryCall', { response_size: 314159, payload: zeros(271828) }, echoMetadata()));
    const call = client.FullDuplexCall(echoMetadata());
    const done = collect(call);
    call.write({ response_parameters: [{ size: 314159 }], payload: zeros(271828) });
    call.end();
    await echo(done);
  },
  status_code_and_message: () => statusOf(2, 'test status message'),
  async special_status_message() {
    const message = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1F608}\t\n';
    const error = await failure(unary(client, 'UnaryCall', { response_status: { code: 2, message } }));
    assert.deepEqual([error.code, error.details], [2, message]);
  },
  async unimplemented_method() {
    assert.equal((await failure(unary(client, 'UnimplementedCall', {}))).code, grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service() {
    const other = new UnimplementedService(address, insecure);
    assert.equal((await failure(unary(other, 'UnimplementedCall', {}))).code, grpc.status.UNIMPLEMENTED);
  },
  async cancel_after_begin() {
    const error = await failure(new Promise((resolve, reject) => {
      const call = client.StreamingInputCall((e, response) => e ? reject(e) : resolve(response));
      call.cancel();
    }));
    assert.equal(error.code, grpc.status.CANCELLED);
  },
  async cancel_after_first_response() {
    const call = client.FullDuplexCall();
    const done = collect(call, () => call.cancel());
    call.write({ response_parameters: [{ size: 31415 }], payload: zeros(27182) });
    const { messages, status } = await done;
    assert.equal(messages.length, 1);
    assert.equal(status.code, grpc.status.CANCELLED);
  },
  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall(new grpc.Metadata(), { deadline: Date.now() + 50 });
    const done = collect(call);
    call.write({ payload: zeros(27182), response_parameters: [{ size: 1, interval_us: 30_000_000 }] });
    assert.equal((await done).status.code, grpc.status.DEADLINE_EXCEEDED);
  },
  async client_compressed_unary() {
    const request = expected => ({
      expect_compressed: { value: expected }, response_size: 314159, payload: zeros(271828),
    });
    const error = await failure(unary(client, 'UnaryCall', request(true)));
    assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
    checkPayload((await unary(zipped, 'UnaryCall', request(true))).response.payload, 314159);
    checkPayload((await unary(client, 'UnaryCall', request(false))).response.payload, 314159);
  },
  async server_compressed_unary() {
    for (const value of [true, false]) {
      const request = { response_compressed: { value }, response_size: 314159, payload: zeros(271828) };
      checkPayload((await unary(client, 'UnaryCall', request)).response.payload, 314159);
    }
  },
});
