import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { Level } from '../rules/rule.ts';
import { FOR_ALL } from './read-episodes.ts';
import type { Signal, SignalEvidence, SignalRole } from './signal.ts';

export type KeptSignal = Signal & {
  readonly role: SignalRole;
  readonly runId: string;
  readonly foundAt: Date;
};

type Row = {
  enterprise_id: string;
  institution_id: string;
  signal_id: string;
  rule_id: string;
  rule_hash: string;
  level: Level;
  fact: string;
  role: SignalRole;
  occurred_on: string;
  known_at: Date;
  is_late: boolean;
  is_disputed: boolean;
  value: number | null;
  answer_digest: string | null;
  run_id: string;
  found_at: Date;
  evidence: { contract: string; deliveryNo: string; rowNo: number; knownFrom: string }[];
};

const SELECT = `
  select s.enterprise_id, s.institution_id, s.signal_id, s.rule_id, s.rule_hash, s.level, s.fact, s.role,
    s.occurred_on::text, s.known_at, s.is_late, s.is_disputed, s.value, s.answer_digest, s.run_id, s.found_at, coalesce((
      select json_agg(json_build_object('contract', e.contract_id, 'deliveryNo', e.delivery_no::text, 'rowNo', e.row_no,
        'knownFrom', e.known_from) order by e.contract_id, e.delivery_no, e.row_no)
      from monitoring.signal_evidence e
      where e.enterprise_id = s.enterprise_id and e.signal_id = s.signal_id), '[]') as evidence
  from monitoring.signals s`;

/** Signals of one enterprise by id, with their evidence, the earliest first. */
export async function readSignals(
  tx: Tx,
  { enterpriseId, signalIds }: { enterpriseId: EnterpriseId; signalIds: readonly string[] },
): Promise<KeptSignal[]> {
  const rows = await tx.rows<Row>(
    `${SELECT} where s.enterprise_id = $1 and s.signal_id = any($2) order by s.found_at, s.signal_id`,
    [enterpriseId, signalIds],
  );
  return rows.map(toSignal);
}

/**
 * The signals of these enterprises that rest on any version of the record: what a correction, repair or withdrawal recalls.
 * A record of an enterprise that was merged into another is evidence of the one it went to, so both are asked for.
 */
export async function readSignalsOn(
  tx: Tx,
  about: { enterpriseIds: readonly EnterpriseId[] } & Pick<
    SignalEvidence,
    'contract' | 'deliveryNo' | 'rowNo'
  >,
): Promise<KeptSignal[]> {
  const { enterpriseIds, contract, deliveryNo, rowNo } = about;
  const rows = await tx.rows<Row>(
    `${SELECT} where s.enterprise_id = any($1::bigint[]) and exists (
       select from monitoring.signal_evidence v
       where v.enterprise_id = s.enterprise_id and v.signal_id = s.signal_id and v.contract_id = $2
         and v.delivery_no = $3 and v.row_no = $4)
     order by s.enterprise_id, s.found_at, s.signal_id`,
    [enterpriseIds, contract, deliveryNo, rowNo],
  );
  return rows.map(toSignal);
}

function toSignal(row: Row): KeptSignal {
  return {
    enterpriseId: toEnterpriseId(row.enterprise_id),
    signalId: row.signal_id,
    ruleId: row.rule_id,
    ruleHash: row.rule_hash,
    level: row.level,
    fact: row.fact,
    occurredOn: row.occurred_on,
    knownAt: row.known_at,
    isLate: row.is_late,
    isDisputed: row.is_disputed,
    value: row.value,
    ...(row.institution_id !== FOR_ALL && { institutionId: row.institution_id }),
    ...(row.answer_digest !== null && { answerDigest: row.answer_digest }),
    evidence: row.evidence.map((record) => ({ ...record, knownFrom: new Date(record.knownFrom) })),
    role: row.role,
    runId: row.run_id,
    foundAt: row.found_at,
  };
}
