import { parentPort } from 'node:worker_threads';
import { PortMessageReader, PortMessageWriter } from 'vscode-jsonrpc/node';
import { serve } from './vscode-jsonrpc.serve.js';

serve(new PortMessageReader(parentPort), new PortMessageWriter(parentPort));
