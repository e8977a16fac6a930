import { HOSTED_LIMITS } from './hosted-limits.ts';
import { hostedRefusal } from './hosted-refusals.ts';
import type { HostedManifest } from './manifest.ts';
import { DOUBLE, FLOAT, inspectModel, type OnnxTensor } from './onnx/inspect-model.ts';
import { countOutputs } from './outputs.ts';
import { readScorecard } from './pmml/read-scorecard.ts';
import { reasonCodesOf, type Scorecard } from './pmml/scorecard.ts';

/** A tensor of the model and the inputs that fill it. */
export type TensorPlan = {
  readonly tensor: string;
  readonly type: 'float32' | 'float64';
  readonly sizes: readonly number[];
  readonly columns: readonly string[];
};

/** A model that has been read and fits its manifest. */
export type OpenedModel =
  | { readonly format: 'pmml'; readonly card: Scorecard }
  | {
      readonly format: 'onnx';
      readonly bytes: Uint8Array;
      readonly tensors: readonly TensorPlan[];
      readonly plan: NonNullable<HostedManifest['onnx']>;
    };

/**
 * Reads a model and holds its manifest against it: every field and tensor is declared, every declared input is used, every
 * reason has words, and an answer tells no more than a run may. Throws the readers' refusals or `hosted.manifest_wrong`.
 */
export function openModel(manifest: HostedManifest, bytes: Uint8Array): OpenedModel {
  requireWidth(manifest);
  return manifest.onnx === undefined ? openPmml(manifest, bytes) : openOnnx(manifest, manifest.onnx, bytes);
}

function requireWidth(manifest: HostedManifest): void {
  const possible = countOutputs(manifest);
  if (possible > 2 ** HOSTED_LIMITS.bitsPerRunMax)
    throw wrong(
      `一次运行有 ${possible} 种可能的结果，超过 2 的 ${HOSTED_LIMITS.bitsPerRunMax} 次方`,
      `a run has ${possible} possible answers, more than 2^${HOSTED_LIMITS.bitsPerRunMax}`,
    );
}

function openPmml({ inputs, reasons }: HostedManifest, bytes: Uint8Array): OpenedModel {
  const card = readScorecard(bytes);
  const used = card.characteristics.flatMap(({ field }) => field ?? []);
  requireSame('输入与评分卡的字段', 'inputs and fields of the scorecard', [
    inputs.map(({ name }) => name),
    [...new Set(used)],
  ]);
  for (const input of inputs) {
    const kind = input.from === 'call' ? input.kind : 'number';
    if (card.fields.get(input.name)?.kind !== kind)
      throw wrong(`输入 ${input.name} 与字段的类型不同`, `input ${input.name} is not of its field's kind`);
  }
  const codes = reasons.max === 0 ? [] : reasonCodesOf(card);
  const worded = reasons.words.map(({ code }) => code);
  requireSame('原因代码与其说明', 'reason codes and their words', [codes, worded]);
  return { format: 'pmml', card };
}

function openOnnx(
  { inputs, reasons }: HostedManifest,
  plan: NonNullable<HostedManifest['onnx']>,
  bytes: Uint8Array,
): OpenedModel {
  const model = inspectModel(bytes);
  const names = inputs.map(({ name }) => name);
  requireSame('输入张量', 'input tensors', [
    plan.inputs.map(({ tensor }) => tensor),
    model.inputs.map(({ name }) => name),
  ]);
  requireSame('输入与张量的列', 'inputs and columns of tensors', [
    names,
    [...new Set(plan.inputs.flatMap(({ columns }) => columns))],
  ]);
  if (inputs.some((input) => input.from === 'call' && input.kind === 'text'))
    throw wrong('ONNX 模型只接受数值', 'an ONNX model takes numbers alone');
  const output = model.outputs.find(({ name }) => name === plan.output.tensor);
  if (output === undefined || plan.output.at >= elementsOf(output) || typeOf(output) === undefined)
    throw wrong('没有所声明的输出', 'the declared output is not there');
  const explained = reasons.max === 0 ? [] : plan.explain.map(({ code }) => code);
  requireSame('原因代码与其说明', 'reason codes and their words', [
    [...new Set(explained)],
    reasons.words.map(({ code }) => code),
  ]);
  const stray = plan.explain.find(({ input }) => !names.includes(input));
  if (stray !== undefined) throw wrong(`没有输入 ${stray.input}`, `there is no input ${stray.input}`);
  const tensors = plan.inputs.map(({ tensor, columns }) => planTensor(model.inputs, { tensor, columns }));
  return { format: 'onnx', bytes, tensors, plan };
}

function planTensor(
  inputs: readonly OnnxTensor[],
  { tensor, columns }: { tensor: string; columns: readonly string[] },
): TensorPlan {
  const found = inputs.find(({ name }) => name === tensor);
  const type = found && typeOf(found);
  if (found === undefined || type === undefined || elementsOf(found) !== columns.length)
    throw wrong(
      `张量 ${tensor} 不是 ${columns.length} 个 float 或 double`,
      `tensor ${tensor} is not of ${columns.length} floats or doubles`,
    );
  return { tensor, type, sizes: found.sizes.map((size) => size ?? 1), columns };
}

function typeOf({ type }: OnnxTensor): 'float32' | 'float64' | undefined {
  return type === FLOAT ? 'float32' : type === DOUBLE ? 'float64' : undefined;
}

/** Of one row: a size that is left open is 1. */
function elementsOf({ sizes }: OnnxTensor): number {
  return sizes.reduce<number>((product, size) => product * (size ?? 1), 1);
}

/** Both name the same, in any order and each once. */
function requireSame(
  zh: string,
  en: string,
  [one, other]: readonly [readonly string[], readonly string[]],
): void {
  const odd = [
    ...one.filter((name) => !other.includes(name)),
    ...other.filter((name) => !one.includes(name)),
  ];
  const isSame = odd.length === 0 && one.length === other.length;
  if (!isSame) throw wrong(`${zh}不一致：${listOf(odd)}`, `${en} are not the same: ${listOf(odd)}`);
}

function listOf(names: readonly string[]): string {
  return names.slice(0, 5).join(', ').slice(0, 200);
}

function wrong(zh: string, en: string): Error {
  return hostedRefusal('hosted.manifest_wrong', { zh, en });
}
