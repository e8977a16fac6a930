import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTransaction, type Tx } from '#kernel';
import type { ListsContext } from '../../lists-context.ts';
import { readDefinitions } from './definitions.ts';
import { type DeliveryFacts, readFacts, readLatest } from './facts.ts';
import { computeScores, type Correction, type Score, scoreKey } from './figures.ts';
import { lastDayLived } from './run-quality.ts';
import {
  hashScores,
  readCorrections,
  readCrossEvidence,
  readFrozenFacts,
  readPrevious,
  readRun,
  readScores,
  type StoredRun,
} from './snapshot.ts';

/** One number that differs: as frozen and as computed now; null where there is none. */
export type Difference = {
  readonly scope: string;
  readonly subject: string;
  readonly dimension: string;
  readonly frozen: number | null;
  readonly now: number | null;
};

/** A count of a delivery's evidence that is no longer what the run read. */
export type EvidenceChange = {
  readonly delivery: string;
  readonly fact: string;
  readonly frozen: string;
  readonly now: string;
};

export type Recomputation = {
  readonly runId: string;
  readonly period: string;
  /** The stored evidence gives the frozen numbers exactly. */
  readonly isIdentical: boolean;
  readonly frozenHash: string;
  readonly hash: string;
  readonly differences: readonly Difference[];
  readonly evidenceChanges: readonly EvidenceChange[];
  /** The formulas of this release differ from those the run was made with. */
  readonly formulasChanged: boolean;
  /** Numbers that contests upheld since then change; the frozen ones stay as they are. */
  readonly corrected: readonly Difference[];
  /** All numbers with those contests in them. */
  readonly scores: readonly Score[];
};

/**
 * Computes a frozen run again from the raw evidence: defects, evidence rows and deliveries it refers to, findings, and
 * the definitions it was made with. Names every number that differs and the evidence that has changed since.
 */
export async function recomputeQuality(context: ListsContext, runId: string): Promise<Recomputation> {
  return await inTransaction(
    context.database,
    async (tx) => {
      const run = await readRun(tx, runId);
      const frozen = await readScores(tx, run.runNo);
      const frozenFacts = await readFrozenFacts(tx, run.runNo);
      const facts = await readFacts(
        tx,
        frozenFacts.map(({ deliveryNo }) => deliveryNo),
      );
      const definitions = await readDefinitions(tx, run.definitionsHash);
      const inputs = {
        deliveries: facts,
        cross: await readCrossEvidence(tx, run.runNo),
        latest: await readLatest(tx, { to: run.periodTo }, run.knownAt),
        today: lastDayLived({ to: run.periodTo }, run.computedAt),
        weights: definitions.weights,
        previous: await readPrevious(tx, run.previousRunNo),
      };
      const { applied, current } = await readBoth(tx, run);
      const again = computeScores({ ...inputs, corrections: applied });
      const scores = computeScores({ ...inputs, corrections: current });
      const hash = hashScores(again);
      return {
        runId: run.runId,
        period: run.period,
        isIdentical: hash === run.resultHash,
        frozenHash: run.resultHash,
        hash,
        differences: compareScores(frozen, again),
        evidenceChanges: compareFacts(frozenFacts, facts),
        formulasChanged: definitions.formulasSha256 !== formulasNow(),
        corrected: compareScores(again, scores),
        scores,
      };
    },
    'snapshot',
  );
}

/** The contests in the frozen numbers, and those upheld by now. */
async function readBoth(tx: Tx, run: StoredRun): Promise<{ applied: Correction[]; current: Correction[] }> {
  const { period, runNo } = run;
  return {
    applied: await readCorrections(tx, { period, runNo, only: run.contests }),
    current: await readCorrections(tx, { period, runNo }),
  };
}

function formulasNow(): string {
  return createHash('sha256')
    .update(readFileSync(join(import.meta.dirname, '..', 'formulas.ts'), 'utf8'))
    .digest('hex');
}

/** Numbers whose counts differ or that only one side has; ranks and trends follow from them. */
function compareScores(before: readonly Score[], after: readonly Score[]): Difference[] {
  const [old, now] = [byKey(before), byKey(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [a, b] = [old.get(key), now.get(key)];
    const either = a ?? b;
    const isSame =
      a?.numerator === b?.numerator && a?.denominator === b?.denominator && a?.value === b?.value;
    if (either === undefined || isSame) return [];
    const { scope, subject, dimension } = either;
    return [{ scope, subject, dimension, frozen: a?.value ?? null, now: b?.value ?? null }];
  });
}

function byKey(scores: readonly Score[]): Map<string, Score> {
  return new Map(scores.map((score) => [scoreKey(score), score]));
}

function compareFacts(before: readonly DeliveryFacts[], after: readonly DeliveryFacts[]): EvidenceChange[] {
  const now = new Map(after.map((facts) => [facts.deliveryNo, facts]));
  return before.flatMap((frozen) => {
    const current = now.get(frozen.deliveryNo);
    if (current === undefined)
      return [{ delivery: frozen.deliveryId, fact: 'delivery', frozen: 'present', now: 'absent' }];
    return FACTS.filter((fact) => frozen[fact] !== current[fact]).map((fact) => ({
      delivery: frozen.deliveryId,
      fact,
      frozen: String(frozen[fact]),
      now: String(current[fact]),
    }));
  });
}

const FACTS = [
  'contractId',
  'provider',
  'checks',
  'rows',
  'failingRows',
  'cells',
  'emptyCells',
  'timedRows',
  'rowsOnTime',
  'comparedRows',
  'repeatedRows',
] as const satisfies readonly (keyof DeliveryFacts)[];
