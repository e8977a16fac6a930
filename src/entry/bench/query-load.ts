import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** One request made beforehand: signing is the client's work and no part of what is measured. */
export type PreparedRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
export type Load = {
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly PreparedRequest[];
};
export type LoadResult = {
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly failures: number;
  /** Of the last answer that was not 200. */
  readonly failure: string;
  readonly bytes: number;
};

/** Sends every request once over so many connections, each as soon as the one before has answered. */
async function run({ port, connections, requests }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latenciesMs: number[] = [];
  let [next, failures, failure, bytes] = [0, 0, '', 0];
  const began = performance.now();
  const connection = async (): Promise<void> => {
    for (let prepared = requests[next]; prepared !== undefined; prepared = requests[next]) {
      next += 1;
      const sent = performance.now();
      const { status, text } = await send(port, agent, prepared);
      latenciesMs.push(performance.now() - sent);
      if (status !== 200) [failures, failure] = [failures + 1, text.slice(0, 400)];
      bytes = text.length;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return { seconds: (performance.now() - began) / 1_000, latenciesMs, failures, failure, bytes };
}

function send(
  port: number,
  agent: Agent,
  prepared: PreparedRequest,
): Promise<{ status: number; text: string }> {
  const { method, path, headers, body } = prepared;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text })).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

parentPort?.postMessage(await run(workerData as Load));
