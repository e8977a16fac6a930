import { readRecordsBehind, type RecordBehind } from '#evaluation';
import type { EnterpriseId, Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { EpisodeStates, ValueRule } from './episodes.ts';
import { compileRules, knownDay, readValues } from './population-values.ts';
import type { Found, SignalEvidence } from './signal.ts';
import { decideMoves, type Move, restsOnDisputed, toldMoves, toSignal } from './value-signals.ts';

/** More records behind one value are counted and not named. */
const EVIDENCE_MAX = 200;

type Asked = {
  readonly rules: readonly ValueRule[];
  readonly enterpriseIds: readonly EnterpriseId[];
  readonly asOf: string;
  readonly states: EpisodeStates;
};

/** Values of these enterprises against their thresholds, one statement for all; evidence of the few that moved. */
export async function detectValues(tx: Tx, permit: PopulationPermit, asked: Asked): Promise<Found> {
  const { rules, enterpriseIds, asOf, states } = asked;
  if (rules.length === 0 || enterpriseIds.length === 0) return { signals: [], episodes: [] };
  const compiled = compileRules(rules);
  const values = await readValues(tx, permit, compiled, { enterpriseIds, asOf });
  const moves = decideMoves(values, { rules, compiled, states, asOf: knownDay(permit, asOf) });
  const told = toldMoves(moves);
  const undisputed = await readUndisputed(tx, permit, { ...asked, told });
  const signals = [];
  for (const [rule, own] of Map.groupBy(told, (move) => move.rule)) {
    const ids = own.map(({ episode }) => episode.enterpriseId);
    const behind = await readRecordsBehind(tx, permit, compileRules([rule]), {
      enterpriseIds: ids,
      asOf: knownDay(permit, asOf),
    });
    for (const move of own) {
      const { enterpriseId } = move.episode;
      const isDisputed = restsOnDisputed(move, undisputed.get(enterpriseId), compiled);
      signals.push(
        toSignal(move, {
          knownAt: permit.asOf.knownAt,
          isDisputed,
          evidence: evidenceOf(behind, enterpriseId),
        }),
      );
    }
  }
  return { signals, episodes: moves.map(({ episode }) => episode) };
}

async function readUndisputed(
  tx: Tx,
  permit: PopulationPermit,
  { rules, asOf, told }: Asked & { readonly told: readonly Move[] },
): Promise<Map<EnterpriseId, Awaited<ReturnType<typeof readValues>>[number]>> {
  const enterpriseIds = [...new Set(told.map(({ episode }) => episode.enterpriseId))];
  if (enterpriseIds.length === 0) return new Map();
  const values = await readValues(tx, permit, compileRules(rules), {
    enterpriseIds,
    asOf,
    withoutDisputed: true,
  });
  return new Map(values.map((one) => [one.enterpriseId, one]));
}

export function evidenceOf(behind: readonly RecordBehind[], enterpriseId: EnterpriseId): SignalEvidence[] {
  return behind
    .filter((record) => record.enterpriseId === enterpriseId)
    .slice(0, EVIDENCE_MAX)
    .map(({ contractId, deliveryNo, rowNo, knownFrom }) => ({
      contract: contractId,
      deliveryNo,
      rowNo,
      knownFrom,
    }));
}
