import { beijingDate, type EnterpriseId, inTransaction, newId, type Tx } from '#kernel';
import { readKnownAt } from '#lists';
import { type Caller, recordLeaf } from '#security';
import type { RuleSet } from '../definition/rule-set.ts';
import type { Verdict } from '../definition/judge.ts';
import type { Groups } from '../../portrait/read-groups.ts';
import { pushLeft } from '../feed/push-whitelist.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';
import { decideFate } from '../entries/decide-fate.ts';
import { type Entry, enterStates, readEntries, readOptOuts } from '../entries/entries.ts';
import {
  contractsBehind,
  decideRuleReading,
  judgePopulation,
  ReadTree,
} from '../entries/judge-population.ts';
import { listVersions, lockList, requireInForce } from '../entries/rule-sets-in-force.ts';

export type WhitelistRun = {
  readonly runId: string;
  readonly listId: string;
  readonly rulesHash: string;
  readonly knownAt: Date;
  readonly enterprises: number;
  /** Enterprises that meet the rules. */
  readonly met: number;
  readonly entered: number;
  /** Entries that ended, those that were never pushed among them. */
  readonly ended: number;
  readonly merkleRoot: string;
  /**
   * Enterprises left out because a source that a rule looks at does not cover them, by the id of the rule: a dataset that
   * was never delivered leaves out everybody.
   */
  readonly withoutData: Readonly<Record<string, number>>;
};

/**
 * Judges every enterprise by the rules in force and lets entries begin and end: compute (one snapshot) → write (one
 * transaction, in which the institutions that were told of an entry are told of its end). A candidate is nobody's member
 * until a person has reviewed it. Throws `whitelists.unknown` or `whitelists.changed_meanwhile`.
 */
export async function runWhitelist(
  context: WhitelistsContext,
  { caller, listId }: { readonly caller: Caller; readonly listId: string },
): Promise<WhitelistRun> {
  const runId = newId('wlr', context.clock.now());
  const computed = await inTransaction(
    context.database,
    async (tx) => {
      const ruleSet = await requireInForce(tx, context, listId);
      return await compute(tx, context, { ruleSet, caller, runId });
    },
    'snapshot',
  );
  return await inTransaction(context.database, (tx) =>
    write(tx, context, { listId, caller, runId, computed }),
  );
}

/** Runs every list in force, one after the other; what the node does each night, so that nobody stays on by neglect. */
export async function runWhitelists(
  context: WhitelistsContext,
  { caller }: { readonly caller: Caller },
): Promise<WhitelistRun[]> {
  const versions = await inTransaction(context.database, (tx) => listVersions(tx), 'snapshot');
  const runs: WhitelistRun[] = [];
  for (const { listId, state } of versions)
    if (state === 'published') runs.push(await runWhitelist(context, { caller, listId }));
  return runs;
}

type Seen = { readonly verdict: Verdict; readonly groups: Groups };
type Computed = {
  readonly ruleSet: RuleSet;
  readonly knownAt: Date;
  /** Of those that meet the rules or have an entry. */
  readonly seen: ReadonlyMap<EnterpriseId, Seen>;
  readonly enterprises: number;
  readonly met: number;
  readonly merkleRoot: string;
  readonly withoutData: Readonly<Record<string, number>>;
};

async function compute(
  tx: Tx,
  context: WhitelistsContext,
  { ruleSet, caller, runId }: { ruleSet: RuleSet; caller: Caller; runId: string },
): Promise<Computed> {
  const ids = contractsBehind(context, ruleSet).map(({ id }) => id);
  const knownAt = await readKnownAt(tx, ids);
  const reading = decideRuleReading(tx, context, { ruleSet, caller, knownAt, runId });
  const entries = await readEntries(tx, ruleSet.definition.id);
  const [seen, tree] = [new Map<EnterpriseId, Seen>(), new ReadTree()];
  let met = 0;
  const withoutData: Record<string, number> = {};
  for await (const slice of judgePopulation(tx, context, { ruleSet, reading })) {
    for (const { enterpriseId, verdict, groups } of slice) {
      tree.add(enterpriseId);
      if (verdict.isMet) met += 1;
      else if (verdict.reason === 'data_gone')
        for (const rule of verdict.rules) withoutData[rule] = (withoutData[rule] ?? 0) + 1;
      if (verdict.isMet || entries.has(enterpriseId)) seen.set(enterpriseId, { verdict, groups });
    }
  }
  return { ruleSet, knownAt, seen, enterprises: tree.size, met, merkleRoot: tree.root(), withoutData };
}

type Writing = {
  readonly listId: string;
  readonly caller: Caller;
  readonly runId: string;
  readonly computed: Computed;
};

async function write(tx: Tx, context: WhitelistsContext, writing: Writing): Promise<WhitelistRun> {
  const { listId, caller, runId, computed } = writing;
  await lockList(tx, listId);
  const { ruleSet, knownAt, enterprises, met, merkleRoot } = computed;
  const rulesHash = ruleSet.hash;
  if ((await requireInForce(tx, context, listId)).hash !== rulesHash)
    throw whitelistRefusal('whitelists.changed_meanwhile');
  const at = context.clock.now();
  const changed = await decideAll(tx, computed, { listId, today: beijingDate(at) });
  const entered = changed.filter(({ state }) => state === 'candidate').length;
  const ended = changed.filter(({ state }) => state === 'left' || state === 'dropped').length;
  const run = { runId, listId, rulesHash, knownAt, enterprises, met, entered, ended, merkleRoot };
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'evaluation_run',
    at,
    body: { ...run, run: runId, what: 'whitelist', knownAt: run.knownAt.toISOString(), by: caller.id },
  });
  await enterStates(tx, { listId, at, by: caller.id, receiptId }, changed);
  await tx.rows(INSERT_RUN, [
    listId,
    runId,
    rulesHash,
    run.knownAt,
    run.enterprises,
    run.met,
    entered,
    ended,
    run.merkleRoot,
    receiptId,
    at,
  ]);
  await pushLeft(tx, context, { caller, ruleSet });
  return { ...run, withoutData: computed.withoutData };
}

/** New states of whoever changes; one that is on the list and moved to another group keeps its state. */
async function decideAll(
  tx: Tx,
  { ruleSet, seen }: Computed,
  { listId, today }: { listId: string; today: string },
): Promise<Entry[]> {
  const entries = await readEntries(tx, listId);
  const optOuts = await readOptOuts(tx, listId);
  const gone = { isMet: false, reason: 'data_gone', rules: [] } as const; // merged away, or no longer in the register
  const ids = [...new Set([...seen.keys(), ...entries.keys()])];
  return ids.flatMap((enterpriseId): Entry[] => {
    const entry = entries.get(enterpriseId);
    const found = seen.get(enterpriseId);
    const about = { verdict: found?.verdict ?? gone, today, rulesHash: ruleSet.hash };
    const fate = decideFate(entry, { ...about, hasOptedOut: optOuts.has(enterpriseId) });
    const { district, industry, sizeClass } = found?.groups ??
      entry ?? { district: null, industry: null, sizeClass: null };
    const groups = { enterpriseId, district, industry, sizeClass };
    if (fate?.to === 'candidate') return [{ ...CANDIDATE, ...groups, rulesHash: ruleSet.hash }];
    if (entry === undefined) return [];
    if (fate !== undefined)
      return [{ ...entry, ...groups, state: fate.to, reason: fate.reason, rules: fate.rules, note: null }];
    const isOn = entry.reason === null;
    const hasMoved =
      entry.district !== district || entry.industry !== industry || entry.sizeClass !== sizeClass;
    return isOn && hasMoved ? [{ ...entry, ...groups }] : [];
  });
}

const CANDIDATE = {
  state: 'candidate',
  validUntil: null,
  reviewBy: null,
  reason: null,
  rules: [],
  note: null,
} as const;

const INSERT_RUN = `
  insert into evaluation.whitelist_runs (list_id, run_id, rules_hash, known_at, enterprises, met, entered, ended, merkle_root,
    receipt_id, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
