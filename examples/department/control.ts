import type { RequestListener } from 'node:http';
import type { Behaviour, Mode } from './behaviour.ts';
import { MODES } from './behaviour.ts';
import { readBody } from './service.ts';

/** `POST /` `{"mode", "delayMs", "times"}` changes how the department behaves, `GET /` tells what it was asked. */
export function serveControl(behaviour: Behaviour): RequestListener {
  return (request, response) => {
    answer(behaviour, request)
      .then((body) => response.end(JSON.stringify(body)))
      .catch(() => response.writeHead(400).end('{}'));
  };
}

async function answer(behaviour: Behaviour, request: Parameters<RequestListener>[0]): Promise<unknown> {
  if (request.method === 'POST') {
    const wanted = JSON.parse(await readBody(request)) as { mode?: string; delayMs?: number; times?: number };
    const mode = MODES.find((known): known is Mode => known === wanted.mode);
    if (mode === undefined) throw new RangeError('no such mode');
    const { delayMs = 0, times = Infinity } = wanted;
    behaviour.set({ mode, delayMs, times });
  }
  return behaviour.report();
}
