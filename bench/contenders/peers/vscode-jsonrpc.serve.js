import { createMessageConnection } from 'vscode-jsonrpc/node';
import { add, echo } from '../work.js';

export function serve(reader, writer) {
  const connection = createMessageConnection(reader, writer);
  connection.onRequest('add', add);
  // By itself it would get a token for cancellation too.
  connection.onRequest('echo', (value) => echo(value));
  connection.listen();
}
