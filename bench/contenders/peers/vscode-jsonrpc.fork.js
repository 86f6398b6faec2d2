import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { serve } from './vscode-jsonrpc.serve.js';

serve(new IPCMessageReader(process), new IPCMessageWriter(process));
