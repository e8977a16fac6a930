import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FiledModel, type ModelContext, readFiledModel } from '#evaluation';
import { type Database, openKeyStore, silentLogger, systemClock } from '#kernel';
import { systemCaller } from '#platform';
import type { EvaluationModel } from '../../src/evaluation/models/evaluation-model.ts';
import type { RunContext, RunRequest } from '../../src/evaluation/run/run-context.ts';
import type { Cleanup } from '../support/database.ts';
import { type IndicatorsSetting, openIndicators } from './indicators-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const RULES = join(ROOT, 'models', 'index-systems');

export type EvaluationSetting = {
  readonly indicators: IndicatorsSetting;
  readonly database: Database;
  readonly model: EvaluationModel;
  readonly filed: FiledModel;
  readonly context: RunContext & ModelContext;
  readonly folder: string;
};

/** A node's parts for evaluation on a database of its own, with the package's published model. */
export async function openEvaluation(t: Cleanup): Promise<EvaluationSetting> {
  const indicators = await openIndicators(t);
  const { database, policies, catalogue, book } = indicators;
  const filed = readFiledModel([RULES], book);
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-evaluation-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const context = {
    book,
    database,
    policies,
    catalogue,
    keys: openKeyStore(folder, 'intl-1'),
    clock: systemClock,
    logger: silentLogger,
  };
  return { indicators, database, context, folder, filed, model: filed.model };
}

/** A run as the schedule asks for it. */
export function scheduled(setting: EvaluationSetting, asked: Partial<RunRequest> = {}): RunRequest {
  const base = { caller: systemCaller('evaluate'), kind: 'full', role: 'champion', sliceSize: 40 } as const;
  return { ...base, model: setting.model, sessions: 2, ...asked };
}

/** The published model under another version. */
export function changedModel({ indicators, folder }: EvaluationSetting): FiledModel {
  const rules = join(folder, 'rules');
  mkdirSync(rules, { recursive: true });
  const system = readFileSync(join(RULES, 'public-credit.yaml'), 'utf8');
  writeFileSync(join(rules, 'public-credit.yaml'), system.replace('version: 1.0.0', 'version: 1.1.0'));
  return readFiledModel([RULES, rules], indicators.book);
}
