// Sending events by AppendStream, over a connection that can be cut.
'use strict';
const net = require('node:net');

const at = Math.floor(Date.parse('2025-03-03T10:00:00Z') / 1000);

/** A CloudEvent: a lead, unless said otherwise. */
function lead(id, { type = 'lead.created', subject = `lead/${id}`, text_data = '{"source":"ads"}' } = {}) {
  return {
    id, source: 'grpc-js', spec_version: '1.0', type, text_data,
    attributes: { subject: { ce_string: subject }, time: { ce_timestamp: { seconds: at } } },
  };
}

const events = (from, count) => Array.from({ length: count }, (_, i) => lead(`e${from + i}`));

/**
 * Sends the batches from state.next on, which is the first that is not acknowledged, with at most 8 of them under way. Resolves with
 * the status of the call; state says how far it came.
 */
function sendAll(client, metadata, tenant, state, batches, each, onAcknowledged) {
  return new Promise(resolve => {
    const call = client.AppendStream(metadata);
    let sent = state.next;
    const send = () => {
      while (sent < batches && sent < state.next + 8) {
        call.write({ tenant: sent === state.next ? tenant : '', batch_id: sent, events: events(sent * each, each) });
        sent++;
      }
      if (sent === batches) call.end();
    };
    call.on('data', ({ batch_id, result }) => {
      if (batch_id !== state.next || result.rejected_count > 0) throw new Error(`Batch ${batch_id} was acknowledged out of order.`);
      state.next++;
      state.accepted += result.accepted;
      state.duplicates += result.duplicates;
      state.sequence = result.sequence;
      onAcknowledged();
      send();
    });
    call.on('error', () => {});
    call.on('status', resolve);
    send();
  });
}

/** A way of TCP to a server that can be cut in the middle of everything. */
class TcpPath {
  static open(target) {
    const [host, port] = target.split(':');
    const path = new TcpPath();
    path.sockets = new Set();
    path.server = net.createServer(socket => {
      const onward = net.connect(Number(port), host);
      for (const [a, b] of [[socket, onward], [onward, socket]]) {
        path.sockets.add(a);
        a.pipe(b);
        a.on('error', () => b.destroy());
        a.on('close', () => { path.sockets.delete(a); b.destroy(); });
      }
    });
    return new Promise(resolve => path.server.listen(0, '127.0.0.1', () => {
      path.address = `127.0.0.1:${path.server.address().port}`;
      resolve(path);
    }));
  }

  kill() {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  close() {
    this.kill();
    this.server.close();
  }
}

module.exports = { events, lead, sendAll, TcpPath };
