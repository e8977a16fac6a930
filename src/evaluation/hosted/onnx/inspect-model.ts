import { HOSTED_LIMITS } from '../hosted-limits.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import { ALLOWED_OPERATORS, IR_VERSIONS, OPSETS } from './operators.ts';
import { bytesOf, numberOf, type ProtoField, readProto, textOf } from './protobuf.ts';

/** A tensor that goes in or comes out: its element type by TensorProto's number, and its sizes; null: any. */
export type OnnxTensor = {
  readonly name: string;
  readonly type: number;
  readonly sizes: readonly (number | null)[];
};

export type OnnxModel = {
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
  readonly nodes: number;
};

/** TensorProto.DataType. */
export const FLOAT = 1;
export const DOUBLE = 11;

/*
 * Field numbers of onnx.proto3. What is not named in a message is refused: training, functions, subgraphs, sparse
 * tensors and whatever later versions add.
 */
const MODEL = { irVersion: 1, graph: 7, opsets: 8, ignored: [2, 3, 4, 5, 6, 14] };
const GRAPH = { nodes: 1, initializers: 5, inputs: 11, outputs: 12, ignored: [2, 10, 13, 16] };
const NODE = { inputs: 1, outputs: 2, name: 3, operator: 4, attributes: 5, domain: 7, ignored: [6, 9] };
const ATTRIBUTE = { tensor: 5, tensors: 10, ignored: [1, 2, 3, 4, 7, 8, 9, 13, 20] };
const TENSOR = { name: 8, external: 13, location: 14, ignored: [1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 16] };

/**
 * Looks through a model before any runtime does: one file, known fields, allowed operators and versions, no data elsewhere.
 * Throws `hosted.too_large`, `hosted.onnx_broken` or `hosted.onnx_operator`.
 */
export function inspectModel(bytes: Uint8Array): OnnxModel {
  const { onnxBytesMax } = HOSTED_LIMITS;
  if (bytes.length > onnxBytesMax)
    throw hostedRefusal('hosted.too_large', { bytes: bytes.length, limit: onnxBytesMax });
  let graph: Uint8Array | undefined;
  let irVersion = 0;
  let opsets = 0;
  for (const field of readProto(bytes)) {
    if (field.number === MODEL.irVersion) irVersion = numberOf(field);
    else if (field.number === MODEL.opsets) opsets += requireOpset(bytesOf(field));
    else if (field.number === MODEL.graph && graph === undefined) graph = bytesOf(field);
    else requireIgnored(field, MODEL.ignored, 'ModelProto');
  }
  const isVersion = irVersion >= IR_VERSIONS[0] && irVersion <= IR_VERSIONS[1];
  if (!isVersion || graph === undefined || opsets === 0)
    throw broken('版本不受支持或没有计算图', 'its version is not supported or it has no graph');
  return inspectGraph(graph);
}

function requireOpset(bytes: Uint8Array): number {
  let [domain, version] = ['', 0];
  for (const field of readProto(bytes)) {
    if (field.number === 1) domain = textOf(field);
    if (field.number === 2) version = numberOf(field);
  }
  const [min, max] = OPSETS.get(domainOf(domain)) ?? [1, 0];
  if (version < min || version > max)
    throw broken(
      `算子集 ${domainOf(domain)} 的版本 ${version} 不受支持`,
      `version ${version} of operator set ${domainOf(domain)} is not supported`,
    );
  return 1;
}

/** The empty name is the standard's own domain. */
function domainOf(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain.slice(0, 60);
}

function inspectGraph(bytes: Uint8Array): OnnxModel {
  const inputs: OnnxTensor[] = [];
  const outputs: OnnxTensor[] = [];
  const kept = new Set<string>();
  let nodes = 0;
  for (const field of readProto(bytes)) {
    if (field.number === GRAPH.nodes) inspectNode(bytesOf(field), (nodes += 1));
    else if (field.number === GRAPH.initializers) kept.add(inspectTensor(bytesOf(field)));
    else if (field.number === GRAPH.inputs) inputs.push(readTensor(bytesOf(field)));
    else if (field.number === GRAPH.outputs) outputs.push(readTensor(bytesOf(field)));
    else requireIgnored(field, GRAPH.ignored, 'GraphProto');
  }
  if (nodes > HOSTED_LIMITS.onnxNodesMax)
    throw broken(`节点数 ${nodes} 过多`, `it has ${nodes} nodes, which are too many`);
  return { inputs: inputs.filter(({ name }) => !kept.has(name)), outputs, nodes };
}

function inspectNode(bytes: Uint8Array, at: number): void {
  let [name, operator, domain] = ['', '', ''];
  for (const field of readProto(bytes)) {
    if (field.number === NODE.name) name = textOf(field);
    else if (field.number === NODE.operator) operator = textOf(field);
    else if (field.number === NODE.domain) domain = textOf(field);
    else if (field.number === NODE.attributes) inspectAttribute(bytesOf(field));
    else requireIgnored(field, [NODE.inputs, NODE.outputs, ...NODE.ignored], 'NodeProto');
  }
  if (ALLOWED_OPERATORS.get(domainOf(domain))?.has(operator) === true) return;
  throw hostedRefusal('hosted.onnx_operator', {
    place: name === '' ? `#${at}` : `#${at} “${name.slice(0, 60)}”`,
    operator: `${domainOf(domain)}:${operator.slice(0, 60)}`,
  });
}

function inspectAttribute(bytes: Uint8Array): void {
  for (const field of readProto(bytes)) {
    if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors)
      inspectTensor(bytesOf(field));
    else requireIgnored(field, ATTRIBUTE.ignored, 'AttributeProto');
  }
}

/** Returns its name. */
function inspectTensor(bytes: Uint8Array): string {
  let name = '';
  for (const field of readProto(bytes)) {
    if (field.number === TENSOR.name) name = textOf(field);
    else if (field.number === TENSOR.external || (field.number === TENSOR.location && numberOf(field) !== 0))
      throw broken('有数据放在外部文件', 'it has data in an external file');
    else if (field.number !== TENSOR.location) requireIgnored(field, TENSOR.ignored, 'TensorProto');
  }
  return name;
}

/** ValueInfoProto: name 1, type 2; TypeProto: tensor 1; its element type 1 and shape 2; of a dimension the value is 1. */
function readTensor(bytes: Uint8Array): OnnxTensor {
  let name = '';
  let tensor: Uint8Array | undefined;
  for (const field of readProto(bytes)) {
    if (field.number === 1) name = textOf(field);
    if (field.number === 2) tensor = messageIn(bytesOf(field), 1);
  }
  let type = 0;
  let sizes: (number | null)[] = [];
  for (const field of readProto(tensor ?? new Uint8Array())) {
    if (field.number === 1) type = numberOf(field);
    if (field.number === 2) sizes = [...readProto(bytesOf(field))].map((size) => sizeOf(bytesOf(size)));
  }
  return { name, type, sizes };
}

function messageIn(bytes: Uint8Array, number: number): Uint8Array | undefined {
  for (const field of readProto(bytes)) if (field.number === number) return bytesOf(field);
  return undefined;
}

function sizeOf(bytes: Uint8Array): number | null {
  for (const field of readProto(bytes)) if (field.number === 1) return numberOf(field);
  return null;
}

function requireIgnored({ number }: ProtoField, ignored: readonly number[], message: string): void {
  if (!ignored.includes(number))
    throw broken(
      `${message} 的第 ${number} 项不被接受（子图、函数、稀疏张量、训练信息等）`,
      `member ${number} of ${message} is not accepted (subgraphs, functions, sparse tensors, training)`,
    );
}

function broken(zh: string, en: string): Error {
  return hostedRefusal('hosted.onnx_broken', { zh, en });
}
