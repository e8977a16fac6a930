import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { parse } from 'yaml';
import { canonicalHash, type Tx } from '#kernel';
import type { Catalogue } from '../../contract/load.ts';
import { loadCrossRules } from '../cross/load-rules.ts';
import { CrossRule } from '../cross/rule-form.ts';
import { requireShape } from '../require-shape.ts';

const strict = { additionalProperties: false } as const;
const Weight = Type.Integer({ minimum: 0, maximum: 100 });

export const Weights = Type.Object(
  {
    id: Type.Literal('quality-weights'),
    name: Type.String(),
    version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
    /** Who decided the weights; `proposal` until a city has. */
    decidedBy: Type.String({ minLength: 2 }),
    effectiveFrom: Type.String({ pattern: '^20\\d\\d-\\d\\d-\\d\\d$' }),
    weights: Type.Object(
      {
        accuracy: Weight,
        completeness: Weight,
        timeliness: Weight,
        coverage: Weight,
        consistency: Weight,
        uniqueness: Weight,
      },
      strict,
    ),
    objectionWeight: Type.Integer({ minimum: 0, maximum: 1000 }),
    contestWorkingDays: Type.Integer({ minimum: 1, maximum: 60 }),
    ticketWorkingDays: Type.Integer({ minimum: 1, maximum: 60 }),
  },
  strict,
);

/** Everything a quality run is decided by; `hash` is that of the body in canonical form. */
const Body = Type.Object(
  { formulasSha256: Type.String(), formulas: Type.String(), weights: Weights, rules: Type.Array(CrossRule) },
  strict,
);

export type Weights = Readonly<Static<typeof Weights>>;
export type QualityDefinitions = Readonly<Static<typeof Body>> & { readonly hash: string };

/** Loads weights and rules of `models/quality` and takes the text of the formulas this process computes with. */
export function loadQualityDefinitions(packageFolder: string, catalogue: Catalogue): QualityDefinitions {
  const formulas = readFileSync(join(import.meta.dirname, '..', 'formulas.ts'), 'utf8');
  const body = {
    formulasSha256: createHash('sha256').update(formulas).digest('hex'),
    formulas,
    weights: loadWeights(packageFolder),
    rules: loadCrossRules(join(packageFolder, 'models', 'quality', 'cross'), catalogue),
  };
  return { ...body, hash: canonicalHash(body) };
}

export function loadWeights(packageFolder: string): Weights {
  const file = join(packageFolder, 'models', 'quality', 'weights.yaml');
  return requireShape(Weights, parse(readFileSync(file, 'utf8')), 'weights.yaml');
}

/** Keeps the definitions of a run for ever; the same ones are kept once. */
export async function storeDefinitions(tx: Tx, definitions: QualityDefinitions, at: Date): Promise<void> {
  const { hash, ...body } = definitions;
  await tx.rows(
    'insert into lists.quality_definitions (hash, body, stored_at) values ($1, $2, $3) on conflict (hash) do nothing',
    [hash, JSON.stringify(body), at],
  );
}

/** The definitions a run was made with, whatever the files say now. */
export async function readDefinitions(tx: Tx, hash: string): Promise<QualityDefinitions> {
  const [row] = await tx.rows<{ body: unknown }>(
    'select body from lists.quality_definitions where hash = $1',
    [hash],
  );
  return { ...requireShape(Body, row?.body, hash), hash };
}
