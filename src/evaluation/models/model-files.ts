import assert from 'node:assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { canonicalHash } from '#kernel';
import { factsOf } from '../index-system/definition/indicator-facts.ts';
import type { Grading, IndexSystem } from '../index-system/definition/index-system.ts';
import { loadIndexSystems, readGrading, readSystem } from '../index-system/definition/load-index-systems.ts';
import type { IndicatorBook } from '../indicators/indicator.ts';
import { evaluationRefusal } from '../run/evaluation-refusals.ts';
import { type EvaluationModel, makeEvaluationModel } from './evaluation-model.ts';

/** What a model is kept as: its two files as they were read, and by which definitions its indicators are computed. */
export type ModelBody = {
  readonly system: unknown;
  readonly grading: unknown;
  readonly indicators: Readonly<Record<string, string>>;
};

export type FiledModel = { readonly model: EvaluationModel; readonly body: ModelBody };

/** Which of the files make the full-coverage evaluation. */
export type ModelChoice = { readonly system: string; readonly grading: string };

/** The published ones; a city's files of the same names take their place. */
export const PUBLISHED_MODEL: ModelChoice = { system: 'public-credit', grading: 'grades-public-credit' };

/**
 * A model of the files in `folders` (the package's, then the city's), bound to the indicators in force. Throws
 * `index_system.definition_not_valid`, and `evaluation.files_unknown` where no file has such an id.
 */
export function readFiledModel(
  folders: readonly string[],
  book: IndicatorBook,
  choice: ModelChoice = PUBLISHED_MODEL,
): FiledModel {
  const { systems, gradings } = loadIndexSystems(folders, factsOf(book));
  const [system, grading] = [systems.get(choice.system), gradings.get(choice.grading)];
  if (system === undefined || grading === undefined)
    throw evaluationRefusal('evaluation.files_unknown', { ...choice });
  const model = makeEvaluationModel(book, { system, grading });
  return {
    model,
    body: {
      system: readRaw(folders, system),
      grading: readRaw(folders, grading),
      indicators: hashesOf(model),
    },
  };
}

/**
 * A kept model, bound to the indicators in force. Throws `evaluation.definitions_changed` when one of them is no longer
 * the definition that the model was approved with.
 */
export function openKeptModel(
  book: IndicatorBook,
  { hash, body }: { hash: string; body: ModelBody },
): EvaluationModel {
  const changed = Object.entries(body.indicators).filter(
    ([id, own]) => book.indicators.get(id)?.hash !== own,
  );
  if (changed.length > 0)
    throw evaluationRefusal('evaluation.definitions_changed', {
      indicators: changed.map(([id]) => id).join('、'),
    });
  const facts = factsOf(book);
  const system = readSystem('kept', body.system, facts);
  const grading = readGrading('kept', body.grading, facts);
  const model = makeEvaluationModel(book, { system, grading });
  assert(model.hash === hash, 'a kept model is what it was');
  return model;
}

function hashesOf({ compiled }: EvaluationModel): Record<string, string> {
  return Object.fromEntries(compiled.order.map(({ definition, hash }) => [definition.id, hash]));
}

/** The file as it stands, of the last folder that has it; its hash is that of the rules that were shaped from it. */
function readRaw(folders: readonly string[], { id, hash }: IndexSystem | Grading): unknown {
  const name = `${id}.yaml`;
  const holding = folders.findLast((folder) => existsSync(folder) && readdirSync(folder).includes(name));
  assert(holding !== undefined, 'rules were read from a file');
  const value: unknown = parse(readFileSync(join(holding, name), 'utf8'));
  assert(canonicalHash(value) === hash, 'the file is what the rules were shaped from');
  return value;
}
