import { parentPort, workerData } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { capMemory } from './cap-memory.ts';
import type { OnnxFeed, OnnxReply, OnnxStart, OnnxTask } from './onnx-task.ts';

/** The thread of one model: one thread of the runtime, on the processor, in capped memory. The order below matters. */
const { model, memoryPages } = workerData as OnnxStart;
capMemory(memoryPages);
const runtime = await import('onnxruntime-web');
runtime.env.wasm.numThreads = 1;
runtime.env.logLevel = 'fatal';
const session = await load();
if (session !== undefined) {
  parentPort?.on('message', (task: OnnxTask) => {
    void answer(session, task);
  });
  reply({ kind: 'loaded' });
}

async function load(): Promise<InferenceSession | undefined> {
  try {
    return await runtime.InferenceSession.create(model, { executionProviders: ['wasm'] });
  } catch {
    reply({ kind: 'unloadable' });
    return undefined;
  }
}

async function answer(loaded: InferenceSession, { rows, output }: OnnxTask): Promise<void> {
  try {
    const outputs: number[][] = [];
    for (const row of rows) {
      const feeds = Object.fromEntries(row.map((feed) => [feed.tensor, toTensor(feed)]));
      const found = (await loaded.run(feeds, [output]))[output];
      outputs.push(found === undefined ? [] : Array.from(found.data as ArrayLike<number | bigint>, Number));
    }
    reply({ kind: 'answer', outputs });
  } catch {
    reply({ kind: 'failed' });
  }
}

function toTensor({ type, sizes, values }: OnnxFeed): Tensor {
  const data = type === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
  return new runtime.Tensor(type, data, sizes);
}

function reply(message: OnnxReply): void {
  parentPort?.postMessage(message);
}
