import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { type Caller, type PolicySet, recordLeaf, requireAllowed } from '#security';
import type { Statement } from './decide-fate.ts';
import { nameOf, readLive } from './fact-sql.ts';
import { PLANS, type Values } from './facts.ts';
import type { OutcomesContext } from './outcomes-context.ts';
import { OUTCOMES_LIMITS } from './outcomes-limits.ts';
import { lockLoans } from './lock-loans.ts';
import { outcomesRefusal } from './outcomes-refusals.ts';
import type { FactKind } from './shape.ts';
import { takeInstant } from './take-instant.ts';
import { toWords } from './wire-values.ts';

/** Channels that contradict each other about one fact, and what each says. */
export type Conflict = {
  readonly conflictId: string;
  readonly institutionId: string;
  readonly kind: FactKind;
  readonly key: Values;
  readonly openedAt: Date;
  readonly says: readonly {
    readonly channel: string;
    readonly isStanding: boolean;
    readonly values: Values;
  }[];
};

type Row = {
  conflict_id: string;
  enterprise_id: string;
  institution_id: string;
  kind: FactKind;
  fact_key: Values;
  opened_at: Date;
};

const SELECT =
  'select conflict_id, enterprise_id, institution_id, kind, fact_key, opened_at from outcomes.conflicts';

/** What waits for a person, oldest first; for whoever may accept one. */
export async function listConflicts(tx: Tx, limit = OUTCOMES_LIMITS.linesMax): Promise<Conflict[]> {
  const rows = await tx.rows<Row>(`${SELECT} where state = 'open' order by opened_at, conflict_id limit $1`, [
    limit,
  ]);
  const conflicts: Conflict[] = [];
  for (const row of rows) {
    const says = await readSayings(tx, row);
    conflicts.push({
      conflictId: row.conflict_id,
      institutionId: row.institution_id,
      kind: row.kind,
      key: toWords(row.fact_key),
      openedAt: row.opened_at,
      says: says.map(({ channel, isStanding, content }) => ({
        channel,
        isStanding,
        values: toWords(content),
      })),
    });
  }
  return conflicts;
}

/** As policies/schema.cedarschema names it. */
const SETTLE = 'settle_outcome_conflict';

/** Who decides between channels, and so who may see what they say. Throws the policy's refusal. */
export function requireMaySettle(policies: PolicySet, caller: Caller): void {
  requireAllowed(policies, caller, SETTLE);
}

export type Acceptance = { readonly conflictId: string; readonly channel: string; readonly caller: Caller };

/**
 * A person decides which channel stands. What the others said is kept; the fact counts as the accepted one says. Returns
 * whom it is about.
 * Throws `outcomes.conflict_unknown`, `outcomes.channel_unknown`, or the policy's refusal.
 */
export async function acceptConflict(
  tx: Tx,
  context: OutcomesContext,
  { conflictId, channel, caller }: Acceptance,
): Promise<EnterpriseId> {
  requireMaySettle(context.policies, caller);
  const conflict = await findOpen(tx, conflictId);
  const at = await takeInstant(tx, context.clock, conflict.institution_id);
  // It may have been decided, or have dissolved, while this waited for its turn.
  await findOpen(tx, conflictId);
  const chosen = (await readSayings(tx, conflict)).find((statement) => statement.channel === channel);
  if (chosen === undefined) throw outcomesRefusal('outcomes.channel_unknown', { channel });
  if (!chosen.isStanding) {
    const fact = { kind: conflict.kind, key: conflict.fact_key };
    await lockLoans(tx, conflict.institution_id, [{ enterpriseId: subjectOf(conflict), fact }]);
    await letStand(tx, conflict, { channel, at });
  }
  await tx.rows(
    `update outcomes.conflicts set state = 'accepted', ended_at = $3, accepted_channel = $4, decided_by = $5
     where enterprise_id = $1 and conflict_id = $2`,
    [conflict.enterprise_id, conflictId, at, channel, caller.id],
  );
  await recordLeaf(tx, context.keys, {
    kind: 'administrative_act',
    at,
    subject: subjectOf(conflict),
    body: {
      act: 'outcome_conflict_accepted',
      conflict: conflictId,
      kind: conflict.kind,
      channel,
      by: caller.id,
    },
  });
  return subjectOf(conflict);
}

async function findOpen(tx: Tx, conflictId: string): Promise<Row> {
  const [row] = await tx.rows<Row>(`${SELECT} where conflict_id = $1 and state = 'open'`, [conflictId]);
  if (row === undefined) throw outcomesRefusal('outcomes.conflict_unknown');
  return row;
}

async function readSayings(tx: Tx, row: Row): Promise<readonly Statement[]> {
  const fact = { kind: row.kind, key: row.fact_key };
  const live = await readLive(tx, row.institution_id, [{ enterpriseId: subjectOf(row), fact }]);
  return live.get(nameOf(row.enterprise_id, fact)) ?? [];
}

function subjectOf(row: Row): EnterpriseId {
  return toEnterpriseId(row.enterprise_id);
}

/** Ends the version that stood and the chosen one, and begins both again with their parts changed. */
async function letStand(
  tx: Tx,
  conflict: Row,
  { channel, at }: { channel: string; at: Date },
): Promise<void> {
  const { table, key, content, aside } = PLANS[conflict.kind];
  const keys = Object.entries(key).map(([name, type], index) => `${name} = $${index + 4}::${type}`);
  const values = Object.keys(key).map((name) => conflict.fact_key[name]);
  const fact = `enterprise_id = $1 and institution_id = $2 and ${keys.join(' and ')}`;
  const parties = [conflict.enterprise_id, conflict.institution_id];
  await tx.rows(
    `update ${table} set known_to = $3::timestamptz
     where ${fact} and known_to = 'infinity' and (is_standing or channel = $${values.length + 4})`,
    [...parties, at, ...values, channel],
  );
  const envelope = [
    'disclosure_id',
    'item_no',
    'is_correction',
    'content_hash',
    'institution_id',
    'channel',
    'batch_id',
  ];
  const kept = [...new Set(['enterprise_id', ...Object.keys({ ...key, ...content, ...aside }), ...envelope])];
  await tx.rows(
    `insert into ${table} (${kept.join(', ')}, known_from, is_standing)
     select ${kept.join(', ')}, $3::timestamptz, channel = $${values.length + 4}
     from ${table} where ${fact} and known_to = $3::timestamptz`,
    [...parties, at, ...values, channel],
  );
}
