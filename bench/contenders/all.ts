import type { Contender } from './contender.ts';
import { portcall } from './portcall.ts';
import { rawIpc } from './raw/ipc.ts';
import { rawPipe, rawStdio } from './raw/pipes.ts';
import { rawPort } from './raw/port.ts';

/** Every contender, those of a carrier together; the first of each carrier is what the others are compared with. */
export const contenders: readonly Contender[] = [rawPort, rawPipe, rawIpc, rawStdio].flatMap((raw) => [
  raw,
  ...portcall.filter(({ carrier }) => carrier === raw.carrier),
]);
