import type { HostedManifest } from './manifest.ts';
import type { OnnxFeed } from './onnx/onnx-task.ts';
import type { OnnxRunner } from './onnx/run-onnx.ts';
import type { OpenedModel } from './open-model.ts';
import { roundScore } from './outputs.ts';
import { evaluateScorecard } from './pmml/evaluate-scorecard.ts';
import type { Cell } from './pmml/scorecard.ts';

/** By input name; an input without a value is missing. */
export type ModelValues = Readonly<Record<string, Cell>>;

export type ModelResult = {
  /** `no_score` for whatever reason: towards the institution one answer, so that the reason tells nothing. */
  readonly outcome: 'scored' | 'no_score';
  readonly score: number | null;
  /** Codes, the weightiest first. */
  readonly reasons: readonly string[];
  /** Why there is no score; for the figures of a shadow run and the trial, never in an answer. */
  readonly failure: 'invalid' | 'too_slow' | 'failed' | null;
};

export type ToScore = {
  /** Institution and hash: what a thread is kept under. */
  readonly key: string;
  readonly manifest: HostedManifest;
  readonly model: OpenedModel;
  readonly values: ModelValues;
};

/** Runs one model on one set of values. Holds no transaction: a model of ONNX may take up to its limits. */
export async function scoreModel(onnx: OnnxRunner, toScore: ToScore): Promise<ModelResult> {
  return toScore.model.format === 'pmml'
    ? scorePmml(toScore, toScore.model)
    : await scoreOnnx(onnx, toScore, toScore.model);
}

type Of<Format> = Extract<OpenedModel, { format: Format }>;

function scorePmml({ manifest, values }: ToScore, { card }: Of<'pmml'>): ModelResult {
  const { score, reasons } = evaluateScorecard(card, values);
  if (score === undefined) return noScore('invalid');
  const codes = reasons.filter(({ points }) => points > 0).map(({ code }) => code);
  return scored(manifest, score, codes);
}

/** The first row is the case itself; each further one has the baseline in the place of one explained input. */
async function scoreOnnx(
  onnx: OnnxRunner,
  { key, manifest, values }: ToScore,
  { bytes, tensors, plan }: Of<'onnx'>,
): Promise<ModelResult> {
  const explained = manifest.reasons.max === 0 ? [] : plan.explain;
  const cases = [values, ...explained.map(({ input, baseline }) => ({ ...values, [input]: baseline }))];
  const rows = cases.map((one) =>
    tensors.map((tensor): OnnxFeed => ({ ...tensor, values: fill(tensor.columns, one) })),
  );
  const outcome = await onnx.run({ model: key, bytes, rows, output: plan.output.tensor });
  if (outcome.kind !== 'answer') return noScore(outcome.kind);
  const [score = Number.NaN, ...others] = outcome.outputs.map(
    (elements) => elements[plan.output.at] ?? Number.NaN,
  );
  if (Number.isNaN(score)) return noScore('invalid');
  const sign = plan.better === 'higher' ? 1 : -1;
  const reasons = explained
    .map(({ code }, at) => ({ code, points: ((others[at] ?? Number.NaN) - score) * sign }))
    .filter(({ points }) => points > 0)
    .toSorted((a, b) => b.points - a.points)
    .map(({ code }) => code);
  return scored(manifest, score, [...new Set(reasons)]);
}

/** Nothing known is NaN, as trees and imputers of ai.onnx.ml take it. */
function fill(columns: readonly string[], values: ModelValues): number[] {
  return columns.map((name) => {
    const value = values[name];
    return typeof value === 'number' ? value : Number.NaN;
  });
}

function scored({ output, reasons }: HostedManifest, raw: number, codes: readonly string[]): ModelResult {
  return {
    outcome: 'scored',
    score: roundScore(output, raw),
    reasons: codes.slice(0, reasons.max),
    failure: null,
  };
}

function noScore(failure: 'invalid' | 'too_slow' | 'failed'): ModelResult {
  return { outcome: 'no_score', score: null, reasons: [], failure };
}
