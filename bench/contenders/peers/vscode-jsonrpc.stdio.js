import { StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { serve } from './vscode-jsonrpc.serve.js';

serve(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
