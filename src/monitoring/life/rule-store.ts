import assert from 'node:assert';
import { canonicalHash, type Tx } from '#kernel';
import { type Caller, recordLeaf } from '#security';
import { openRule } from '../rules/load-rules.ts';
import type { Rule, RuleDefinition } from '../rules/rule.ts';
import type { LifeContext } from './life-context.ts';
import { ruleLifeRefusal } from './life-refusals.ts';
import type { LifeTables, RuleState, StateReason } from './life-tables.ts';

/** One version of a rule as it is kept, and where it stands. */
export type KeptRule = {
  readonly hash: string;
  readonly ruleId: string;
  readonly version: string;
  readonly definition: RuleDefinition;
  readonly state: RuleState;
  /** Since when and why it stands there. */
  readonly since: Date;
  readonly reason: StateReason;
  readonly proposedBy: string;
  readonly proposedAt: Date;
};

/** Infinity, as the driver gives it back. */
const LIVE = 'infinity' as unknown as Date;

/** Every version, newest first within its id. */
export async function listKeptRules(tx: Tx): Promise<KeptRule[]> {
  const rows = await selectRules(tx).orderBy('r.rule_id').orderBy('r.proposed_at', 'desc').execute();
  return rows.map(toKept);
}

export async function findRule(tx: Tx, hash: string): Promise<KeptRule | undefined> {
  const row = await selectRules(tx).where('r.rule_hash', '=', hash).executeTakeFirst();
  return row === undefined ? undefined : toKept(row);
}

/** The version of an id that is in use; there is at most one. */
export async function findActiveRule(tx: Tx, ruleId: string): Promise<KeptRule | undefined> {
  const row = await selectRules(tx)
    .where('r.rule_id', '=', ruleId)
    .where('s.state', '=', 'active')
    .executeTakeFirst();
  return row === undefined ? undefined : toKept(row);
}

/**
 * By its hash or the first 12 places of it, or by its id the version that was proposed last. Holds its row, so that two persons do not act on one state
 * at once. Throws `rule_life.unknown`.
 */
export async function requireRule(tx: Tx, rule: string): Promise<KeptRule> {
  const [locked] = await tx.rows<{ rule_hash: string }>(
    `select rule_hash from monitoring.rules where rule_id = $1 or length($1) >= 12 and starts_with(rule_hash, $1)
     order by proposed_at desc, rule_hash limit 1 for update`,
    [rule],
  );
  const found = locked === undefined ? undefined : await findRule(tx, locked.rule_hash);
  if (found === undefined) throw ruleLifeRefusal('rule_life.unknown', { rule: rule.slice(0, 80) });
  return found;
}

function selectRules(tx: Tx) {
  return tx
    .tables<LifeTables>()
    .selectFrom('monitoring.rules as r')
    .innerJoin('monitoring.rule_states as s', 's.rule_hash', 'r.rule_hash')
    .select(['r.rule_hash', 'r.rule_id', 'r.version', 'r.body', 'r.proposed_by', 'r.proposed_at'])
    .select(['s.state', 's.known_from', 's.reason'])
    .where('s.known_to', '=', LIVE);
}

type RuleRow = Awaited<ReturnType<ReturnType<typeof selectRules>['execute']>>[number];

function toKept(row: RuleRow): KeptRule {
  return {
    hash: row.rule_hash,
    ruleId: row.rule_id,
    version: row.version,
    definition: row.body,
    state: row.state,
    since: row.known_from,
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
  };
}

/** A kept version as it may be run: by its own definition, whatever its file has become. */
export function openKeptRule({ book, catalogue }: LifeContext, { hash, definition }: KeptRule): Rule {
  const rule = openRule(definition, { book, catalogue });
  assert(rule.hash === hash, 'a kept rule is what it was');
  return rule;
}

/** Keeps a definition for ever, with one leaf. */
export async function keepRule(
  tx: Tx,
  context: LifeContext,
  { caller, rule }: { caller: Caller; rule: Rule },
): Promise<void> {
  const { hash, id, version } = rule;
  const receiptId = await leafOf(tx, context, caller, { act: 'alert_rule_kept', rule: id, version, hash });
  await tx
    .tables<LifeTables>()
    .insertInto('monitoring.rules')
    .values({
      rule_hash: hash,
      rule_id: id,
      version,
      body: JSON.stringify(definitionOf(rule)),
      proposed_by: caller.id,
      proposed_at: context.clock.now(),
      receipt_id: receiptId,
    })
    .execute();
}

/** What loading adds to a definition. */
const LOADED = new Set(['hash', 'contracts', 'isInvisible', 'contract', 'value', 'base', 'indicators']);

function definitionOf(rule: Rule): RuleDefinition {
  const parts = Object.entries(rule).filter(([name]) => !LOADED.has(name));
  const definition = Object.fromEntries(parts) as RuleDefinition; // a rule is its definition and what loading added
  const { cases: _cases, backTest: _said, ...judged } = definition;
  assert(canonicalHash(judged) === rule.hash, 'what is kept is what the hash names');
  return definition;
}

export type Entering = {
  readonly caller: Caller;
  readonly rule: Pick<KeptRule, 'hash' | 'ruleId'>;
  readonly from: RuleState | null;
  readonly to: RuleState;
  readonly reason?: StateReason;
};

/** Where the version stood ends and where it stands begins, with one leaf. The caller holds the rule's row. */
export async function enterState(
  tx: Tx,
  context: LifeContext,
  { caller, rule, from, to, reason = 'act' }: Entering,
): Promise<void> {
  const { hash, ruleId } = rule;
  const body = { act: `alert_rule_${to}`, rule: ruleId, hash, from, reason };
  const receiptId = await leafOf(tx, context, caller, body);
  // An instant later than the state before it also where the clock stands still.
  const [row] = await tx.rows<{ at: Date }>(
    `select greatest($2::timestamptz, max(known_from) + interval '1 millisecond') as at
     from monitoring.rule_states where rule_hash = $1`,
    [hash, context.clock.now()],
  );
  assert(row !== undefined, 'an aggregate without a group always has a row');
  const tables = tx.tables<LifeTables>();
  await tables
    .updateTable('monitoring.rule_states')
    .set({ known_to: row.at })
    .where('rule_hash', '=', hash)
    .where('known_to', '=', LIVE)
    .execute();
  await tables
    .insertInto('monitoring.rule_states')
    .values({
      rule_hash: hash,
      rule_id: ruleId,
      state: to,
      known_from: row.at,
      known_to: LIVE,
      reason,
      entered_by: caller.id,
      receipt_id: receiptId,
    })
    .execute();
}

/** Every step is a leaf about the definition. */
export async function leafOf(
  tx: Tx,
  { keys, clock }: LifeContext,
  caller: Caller,
  body: Readonly<Record<string, unknown>>,
): Promise<string> {
  const leafBody = { ...body, caller: caller.id };
  return (await recordLeaf(tx, keys, { kind: 'definition_change', at: clock.now(), body: leafBody })).id;
}
