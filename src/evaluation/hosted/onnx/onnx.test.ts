import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Refusal } from '#kernel';
import { inspectModel } from './inspect-model.ts';
import type { OnnxFeed } from './onnx-task.ts';
import {
  attribute,
  hungryModel,
  initializer,
  input,
  int,
  LINEAR,
  message,
  node,
  onnx,
  output,
  slowModel,
  TREE,
} from './onnx.test-support.ts';
import { openOnnxRunner } from './run-onnx.ts';

const runner = openOnnxRunner();
after(() => runner.close());

const pair = (a: number, b: number): OnnxFeed[] => [
  { tensor: 'x', type: 'float32', sizes: [1, 2], values: [a, b] },
];

test('inputs, outputs and nodes of a model are read from its bytes', () => {
  assert.deepEqual(inspectModel(LINEAR), {
    inputs: [{ name: 'x', type: 1, sizes: [null, 2] }],
    outputs: [{ name: 'y', type: 1, sizes: [null, 1] }],
    nodes: 1,
  });
  assert.equal(inspectModel(TREE).inputs.length, 1);
});

test('what could hide work, data or code is refused before any runtime sees the file', () => {
  const ends = [input('x', [1]), output('y', [1])];
  const plain = (op: string, more: { domain?: string; attributes?: Buffer[] } = {}) =>
    node({ op, inputs: ['x'], outputs: ['y'], ...more });
  const external = message(
    5,
    int(1, 1),
    int(2, 1),
    message(8, 'w'),
    message(13, message(1, 'location'), message(2, 'w.bin')),
    int(14, 1),
  );
  const subgraph = Buffer.concat([message(1, 'body'), message(6, message(2, 'g')), int(20, 5)]);
  const cases: [string, Buffer, string, RegExp][] = [
    [
      'a loop',
      onnx([plain('Loop'), ...ends]),
      'hosted.onnx_operator',
      /#1 “Loop to y” of the ONNX model uses operator ai\.onnx:Loop/,
    ],
    ['chance', onnx([plain('Identity'), plain('RandomNormal'), ...ends]), 'hosted.onnx_operator', /#2/],
    ['sizes from data', onnx([plain('ConstantOfShape'), ...ends]), 'hosted.onnx_operator', /ConstantOfShape/],
    [
      'another domain',
      onnx([plain('Add', { domain: 'com.microsoft' }), ...ends]),
      'hosted.onnx_operator',
      /com\.microsoft:Add/,
    ],
    [
      'a subgraph',
      onnx([plain('Identity', { attributes: [subgraph] }), ...ends]),
      'hosted.onnx_broken',
      /AttributeProto/,
    ],
    ['external data', onnx([plain('Identity'), external, ...ends]), 'hosted.onnx_broken', /external file/],
    [
      'a function',
      onnx([plain('Identity'), ...ends], { more: [message(25, message(1, 'f'))] }),
      'hosted.onnx_broken',
      /ModelProto/,
    ],
    [
      'training',
      onnx([plain('Identity'), ...ends], { more: [message(20, '')] }),
      'hosted.onnx_broken',
      /ModelProto/,
    ],
    [
      'a sparse tensor',
      onnx([plain('Identity'), message(15, ''), ...ends]),
      'hosted.onnx_broken',
      /GraphProto/,
    ],
    [
      'an old operator set',
      onnx([plain('Identity'), ...ends], { opset: 6 }),
      'hosted.onnx_broken',
      /version 6/,
    ],
    ['a coming one', onnx([plain('Identity'), ...ends], { opset: 99 }), 'hosted.onnx_broken', /version 99/],
    ['a coming format', onnx([plain('Identity'), ...ends], { ir: 99 }), 'hosted.onnx_broken', /version/],
    ['too many nodes', slowModel(1, 6_000), 'hosted.onnx_broken', /6003 nodes/],
    ['half a file', LINEAR.subarray(0, LINEAR.length / 2), 'hosted.onnx_broken', /not whole/],
    ['no file of ONNX', Buffer.from('<PMML/>'), 'hosted.onnx_broken', /./],
    ['a large file', Buffer.alloc(5 * 1024 ** 2), 'hosted.too_large', /4194304/],
  ];
  for (const [what, bytes, code, sentence] of cases) {
    assert.throws(
      () => inspectModel(bytes),
      (error) => {
        assert(error instanceof Refusal, `${what}: ${String(error)}`);
        assert.equal(error.code, code, what);
        assert.match(error.message, sentence, what);
        return true;
      },
    );
  }
  assert.equal(
    inspectModel(onnx([plain('Identity', { attributes: [attribute.int('a', 1)] }), ...ends])).nodes,
    1,
  );
});

test('a linear model and a tree score rows in order, to the same bits every time and in a fresh thread', async () => {
  const rows = [pair(1, 2), pair(0, 0), pair(0.1, 0.7)];
  const linear = { model: 'bank/linear', bytes: LINEAR, rows, output: 'y' };
  const first = await runner.run(linear);
  assert(first.kind === 'answer');
  assert.deepEqual(first.outputs.slice(0, 2), [[550], [500]]);
  assert.deepEqual(await runner.run(linear), first);
  assert.deepEqual(await runner.run({ ...linear, model: 'bank/the same again' }), first);
  const tree = {
    model: 'bank/tree',
    bytes: TREE,
    rows: [pair(3, 0), pair(3.5, 0), pair(Number.NaN, 0)],
    output: 'y',
  };
  assert.deepEqual(await runner.run(tree), { kind: 'answer', outputs: [[400], [700], [700]] });
});

test('a model that takes too long is ended, and the next call has a fresh thread', async (t) => {
  const own = openOnnxRunner({ limits: { onnxRunMs: 100, onnxLoadMs: 20_000, onnxThreadsMax: 1 } });
  t.after(() => own.close());
  const x = [{ tensor: 'x', type: 'float32', sizes: [1, 1], values: [1] } as const];
  const slow = { model: 'slow', bytes: slowModel(), rows: [x], output: 'y' };
  assert.deepEqual(await own.run(slow), { kind: 'too_slow' });
  assert.deepEqual(await own.run(slow), { kind: 'too_slow' }, 'it is loaded anew');
  const linear = { model: 'linear', bytes: LINEAR, rows: [pair(1, 1)], output: 'y' };
  assert.deepEqual(await own.run(linear), { kind: 'answer', outputs: [[530]] });
});

test('a model that wants more memory than it may have fails, and does not take the node with it', async (t) => {
  const narrow = openOnnxRunner({ limits: { onnxMemoryPages: 1_024 } });
  t.after(() => narrow.close());
  const x = [{ tensor: 'x', type: 'float32', sizes: [1, 1], values: [1] } as const];
  const call = { model: 'hungry', bytes: hungryModel(5_000), rows: [x], output: 'y' };
  assert.deepEqual(await narrow.run(call), { kind: 'failed' }, '100 MB of 64 MiB');
  assert.deepEqual(await runner.run(call), { kind: 'answer', outputs: [[2]] }, '100 MB of 256 MiB');
});

test('values that do not fit and files that the runtime cannot load fail without ending the runner', async () => {
  const wrong = [[{ tensor: 'x', type: 'float32', sizes: [1, 3], values: [1, 2, 3] } as const]];
  assert.deepEqual(await runner.run({ model: 'a', bytes: LINEAR, rows: wrong, output: 'y' }), {
    kind: 'failed',
  });
  const unloadable = onnx([
    node({ op: 'Gemm', inputs: ['x', 'nowhere'], outputs: ['y'] }),
    initializer('w', [1], [1]),
    input('x', [1]),
    output('y', [1]),
  ]);
  assert.deepEqual(await runner.run({ model: 'b', bytes: unloadable, rows: [pair(1, 1)], output: 'y' }), {
    kind: 'failed',
  });
  const rest = { model: 'a', bytes: LINEAR, rows: [pair(1, 1)], output: 'y' };
  assert.deepEqual(await runner.run(rest), { kind: 'answer', outputs: [[530]] });
});

test('more calls than may wait are told so, and without the runtime every call is', async (t) => {
  const narrow = openOnnxRunner({ limits: { onnxWaitingMax: 2 } });
  t.after(() => narrow.close());
  const call = { model: 'm', bytes: LINEAR, rows: [pair(1, 1)], output: 'y' };
  const settled = await Promise.allSettled([1, 2, 3].map(() => narrow.run(call)));
  assert.deepEqual(
    settled.map((one) => (one.status === 'fulfilled' ? one.value.kind : (one.reason as Refusal).code)),
    ['answer', 'answer', 'hosted.busy'],
  );
  const without = openOnnxRunner({ isInstalled: () => false });
  await assert.rejects(without.run(call), { code: 'hosted.onnx_not_installed' });
});
