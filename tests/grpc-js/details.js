// google.rpc.Status in the trailer of a failure.
'use strict';
const path = require('node:path');
const protobuf = require('protobufjs');

const root = new protobuf.Root();
root.resolvePath = (_, target) => target.startsWith('google/protobuf/') || path.isAbsolute(target)
  ? target : path.join(__dirname, '..', '..', 'protos', target);
root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], { keepCase: true });

/** The details of a ServiceError: its ErrorInfo, BadRequest and RetryInfo, as far as they are there. */
function detailsOf(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const { details } = root.lookupType('google.rpc.Status').decode(bytes);
  const find = name => {
    const any = details.find(d => d.type_url === `type.googleapis.com/google.rpc.${name}`);
    return any && root.lookupType(`google.rpc.${name}`).decode(any.value);
  };
  return { info: find('ErrorInfo'), badRequest: find('BadRequest'), retry: find('RetryInfo') };
}

module.exports = { detailsOf };
