/*
 * Small ONNX files, written field by field as onnx.proto3 numbers them, so that tests hold no binary files and need no
 * converter. Floats and sizes only.
 */

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    bytes.push((left % 128) + (left >= 128 ? 128 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.from(bytes);
}

export function int(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

export function message(field: number, ...parts: (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

export function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), bytes]);
}

export function initializer(name: string, sizes: readonly number[], values: readonly number[]): Buffer {
  const data = Buffer.from(Float32Array.from(values).buffer);
  return message(5, ...sizes.map((size) => int(1, size)), int(2, 1), message(8, name), message(9, data));
}

export function tensor(field: 11 | 12, name: string, sizes: readonly (number | string)[], type = 1): Buffer {
  const shape = sizes.map((size) => message(1, typeof size === 'string' ? message(2, size) : int(1, size)));
  return message(field, message(1, name), message(2, message(1, int(1, type), message(2, ...shape))));
}

export const input = (name: string, sizes: readonly (number | string)[], type = 1): Buffer =>
  tensor(11, name, sizes, type);
export const output = (name: string, sizes: readonly (number | string)[]): Buffer => tensor(12, name, sizes);

type NodeShape = {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Buffer[];
  readonly domain?: string;
};

export function node({ op, inputs, outputs, attributes = [], domain = '' }: NodeShape): Buffer {
  return message(
    1,
    ...inputs.map((name) => message(1, name)),
    ...outputs.map((name) => message(2, name)),
    message(3, `${op} to ${outputs.join()}`),
    message(4, op),
    ...attributes.map((attribute) => message(5, attribute)),
    message(7, domain),
  );
}

export const attribute = {
  ints: (name: string, values: readonly number[]): Buffer =>
    Buffer.concat([message(1, name), ...values.map((value) => int(8, value)), int(20, 7)]),
  floats: (name: string, values: readonly number[]): Buffer =>
    Buffer.concat([message(1, name), ...values.map((value) => float(7, value)), int(20, 6)]),
  strings: (name: string, values: readonly string[]): Buffer =>
    Buffer.concat([message(1, name), ...values.map((value) => message(9, value)), int(20, 8)]),
  int: (name: string, value: number): Buffer => Buffer.concat([message(1, name), int(3, value), int(20, 2)]),
};

export function onnx(
  parts: readonly Buffer[],
  { ir = 8, opset = 13, ml = 3, more = [] as readonly Buffer[] } = {},
): Buffer {
  return Buffer.concat([
    int(1, ir),
    message(2, 'test'),
    message(7, ...parts, message(2, 'graph')),
    message(8, message(1, ''), int(2, opset)),
    message(8, message(1, 'ai.onnx.ml'), int(2, ml)),
    ...more,
  ]);
}

/** y = 500 + 10·a + 20·b, rows of two. */
export const LINEAR = onnx([
  node({ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['y'] }),
  initializer('w', [2, 1], [10, 20]),
  initializer('b', [1], [500]),
  input('x', ['N', 2]),
  output('y', ['N', 1]),
]);

/** A tree: a ≤ 3 gives 400, else 700; what is missing goes with what is above. */
export const TREE = onnx([
  node({
    op: 'TreeEnsembleRegressor',
    domain: 'ai.onnx.ml',
    inputs: ['x'],
    outputs: ['y'],
    attributes: [
      attribute.int('n_targets', 1),
      attribute.ints('nodes_treeids', [0, 0, 0]),
      attribute.ints('nodes_nodeids', [0, 1, 2]),
      attribute.ints('nodes_featureids', [0, 0, 0]),
      attribute.floats('nodes_values', [3, 0, 0]),
      attribute.strings('nodes_modes', ['BRANCH_LEQ', 'LEAF', 'LEAF']),
      attribute.ints('nodes_truenodeids', [1, 0, 0]),
      attribute.ints('nodes_falsenodeids', [2, 0, 0]),
      attribute.ints('target_treeids', [0, 0]),
      attribute.ints('target_nodeids', [1, 2]),
      attribute.ints('target_ids', [0, 0]),
      attribute.floats('target_weights', [400, 700]),
    ],
  }),
  input('x', ['N', 2]),
  output('y', ['N', 1]),
]);

/** Only allowed operators, and minutes of them: one value made into a matrix, and thousands of products of it. */
export function slowModel(width = 512, products = 2_000): Buffer {
  const ones = Array.from({ length: width }, () => 1);
  return onnx([
    node({ op: 'Add', inputs: ['x', 'column'], outputs: ['c'] }),
    node({ op: 'Mul', inputs: ['c', 'row'], outputs: ['t0'] }),
    ...Array.from({ length: products }, (_, at) =>
      node({ op: 'MatMul', inputs: [`t${at}`, 't0'], outputs: [`t${at + 1}`] }),
    ),
    node({ op: 'ReduceMax', inputs: [`t${products}`], outputs: ['y'] }),
    initializer('column', [width, 1], ones),
    initializer('row', [1, width], ones),
    input('x', [1, 1]),
    output('y', [1, 1]),
  ]);
}

/** A small file whose one product takes width² floats of memory. */
export function hungryModel(width: number): Buffer {
  const ones = Array.from({ length: width }, () => 1);
  return onnx([
    node({ op: 'Add', inputs: ['x', 'column'], outputs: ['c'] }),
    node({ op: 'Mul', inputs: ['c', 'row'], outputs: ['t'] }),
    node({ op: 'ReduceMax', inputs: ['t'], outputs: ['y'] }),
    initializer('column', [width, 1], ones),
    initializer('row', [1, width], ones),
    input('x', [1, 1]),
    output('y', [1, 1]),
  ]);
}
