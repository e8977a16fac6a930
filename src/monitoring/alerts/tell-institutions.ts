import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { canonicalJson, newId, type Tx } from '#kernel';
import { type Contract, MerkleTree } from '#lists';
import { systemCaller } from '#platform';
import {
  decide,
  type DisclosureFacts,
  type LeafFacts,
  newDisclosureId,
  type Permit,
  recordDisclosures,
  recordLeaves,
} from '#security';
import type { MonitoringContext } from '../monitoring-context.ts';
import { type Message, queueMessages } from '../push/queue-messages.ts';
import type { RuleBook } from '../rules/rule.ts';
import { MONITORING } from './alert-tables.ts';
import type { NextVersion } from './alert-sql.ts';
import type { Telling, Told } from './next-version.ts';

/** Every alert names the enterprise, as the register and its public registration do. */
const IDENTITY_CONTRACT = 'n01_registration';

type Recording = { readonly tellings: readonly Telling[]; readonly rules: RuleBook; readonly at: Date };

/**
 * One leaf for all that an institution is told at once, over the disclosures in it, and a disclosure of each alert, in which
 * the enterprise finds it among its accesses. In the order of the tellings.
 */
export async function recordTellings(
  tx: Tx,
  context: MonitoringContext,
  { tellings, rules, at }: Recording,
): Promise<Told[]> {
  const ids = tellings.map(() => newDisclosureId(at));
  const receipts = await recordPushes(tx, context, { tellings, ids, at });
  const told = tellings.map(({ pairing }, n): Told => {
    const receiptId = receipts.get(pairing.watch.institutionId);
    assert(receiptId !== undefined, 'each institution has its leaf');
    return { receiptId, disclosureId: ids[n] ?? '' };
  });
  const permits = new Map<string, Permit>();
  const facts = tellings.map((telling, n) => {
    const contracts = rules.rules.get(telling.pairing.signal.ruleId)?.contracts ?? [];
    const permit = permitFor(tx, context, { telling, contracts, permits });
    return factsOf(telling, { told: told[n] ?? assert.fail(), contracts, permit, at });
  });
  await recordDisclosures(tx, facts);
  await keepWords(tx, tellings, rules);
  return told;
}

async function recordPushes(
  tx: Tx,
  { keys }: MonitoringContext,
  {
    tellings,
    ids,
    at,
  }: { readonly tellings: readonly Telling[]; readonly ids: readonly string[]; readonly at: Date },
): Promise<ReadonlyMap<string, string>> {
  const trees = new Map<string, { tree: MerkleTree; alerts: number }>();
  for (const [n, { pairing }] of tellings.entries()) {
    const { institutionId } = pairing.watch;
    const of = trees.get(institutionId) ?? { tree: new MerkleTree(), alerts: 0 };
    of.tree.add(Buffer.from(ids[n] ?? ''));
    trees.set(institutionId, { ...of, alerts: of.alerts + 1 });
  }
  const leaves = [...trees].map(([institution, { tree, alerts }]): LeafFacts => {
    const body = { push: newId('psh', at), institution, alerts, merkleRoot: tree.root(), by: MONITORING };
    return { kind: 'push', at, body };
  });
  const receipts = await recordLeaves(tx, keys, leaves);
  return new Map([...trees.keys()].map((institution, n) => [institution, receipts[n]?.id ?? assert.fail()]));
}

type Permitting = {
  readonly telling: Telling;
  readonly contracts: readonly string[];
  /** By enterprise, instant and contracts: institutions are told of the same. */
  readonly permits: Map<string, Permit>;
};

/** What is told names the enterprise and rests on public records, or on those that the watch's consent covers. */
function permitFor(
  tx: Tx,
  { policies, catalogue }: MonitoringContext,
  { telling: { pairing }, contracts, permits }: Permitting,
): Permit {
  const { enterpriseId: subject, knownAt } = pairing.signal;
  const key = [subject, knownAt.getTime(), ...contracts].join('|');
  const known = permits.get(key);
  if (known !== undefined) return known;
  const named = [...new Set([IDENTITY_CONTRACT, ...contracts])];
  const behind = named.flatMap((id): readonly Contract[] => {
    const contract = catalogue.contracts.get(id);
    return contract === undefined ? [] : [contract];
  });
  const caller = systemCaller('monitoring');
  const permit = decide(tx, policies, {
    caller,
    purpose: 'monitoring',
    subject,
    contracts: behind,
    asOf: { knownAt },
  });
  permits.set(key, permit);
  return permit;
}

function factsOf(
  { pairing: { watch, signal, consentId } }: Telling,
  about: {
    readonly told: Told;
    readonly contracts: readonly string[];
    readonly permit: Permit;
    readonly at: Date;
  },
): DisclosureFacts {
  const { told, contracts, permit, at } = about;
  return {
    id: told.disclosureId,
    permit,
    kind: 'alert',
    contracts: [...new Set([...contracts, ...signal.evidence.map(({ contract }) => contract)])].sort(),
    fields: {},
    institution: watch.institutionId,
    branch: watch.branchId,
    operator: MONITORING,
    ...(watch.platformId !== null && { platform: watch.platformId }),
    ...(consentId !== null && { consentId }),
    contentDigest: digestOf(signal),
    receiptId: told.receiptId,
    at,
  };
}

type Said = Telling['pairing']['signal'];

/** Over what the institution is told; the signal's own id is the salt. */
function digestOf({
  signalId,
  ruleId,
  ruleHash,
  level,
  fact,
  occurredOn,
  isLate,
  isDisputed,
  evidence,
}: Said) {
  const records = evidence.map((one) => ({ ...one, knownFrom: one.knownFrom.toISOString() }));
  const said = { signalId, ruleId, ruleHash, level, fact, occurredOn, isLate, isDisputed, records };
  return `sha256:${createHash('sha256').update(canonicalJson(said)).digest('hex')}`;
}

/** What the rule said, kept by its hash: a later version of the rule changes nothing of what was told. */
async function keepWords(tx: Tx, tellings: readonly Telling[], { rules }: RuleBook): Promise<void> {
  const used = new Map(tellings.map(({ pairing }) => [pairing.signal.ruleId, pairing.signal.ruleHash]));
  const words = [...used].map(([id, ruleHash]) => {
    const rule = rules.get(id);
    assert(rule?.hash === ruleHash, `signals of ${id} were found by the rule of this book`);
    const { hash, version, name, action, basis } = rule;
    return { hash, id, version, name, action, basis };
  });
  await tx.rows(
    `insert into monitoring.rule_words (rule_hash, rule_id, version, name, action, basis)
     select hash, id, version, name, action, basis from json_to_recordset($1::json)
       as said (hash text, id text, version text, name jsonb, action jsonb, basis text[])
     order by hash on conflict do nothing`,
    [JSON.stringify(words)],
  );
}

/** Queues one message for each version: ids, codes and days, and nothing of the enterprise. */
export async function sendTellings(
  tx: Tx,
  { versions, at }: { readonly versions: readonly NextVersion[]; readonly at: Date },
): Promise<void> {
  const messages = versions.map((version): Message => {
    const type = version.cause === 'upgraded' ? 'cn.xinqiao.alert.upgraded' : 'cn.xinqiao.alert.raised';
    return messageOf(version, { type });
  });
  await queueMessages(tx, messages, at);
}

/** What an institution is told of an alert by a message; `more` beside the alert's own ids, codes and days. */
export function messageOf(
  version: NextVersion,
  { type, more = {} }: { readonly type: Message['type']; readonly more?: Message['data'] },
): Message {
  const { institutionId, platformId, enterpriseId, alertId, caseId, ruleId, level, dueOn } = version;
  const { versionNo, state, isLate, isDisputed, disclosureId } = version;
  const scope = version.consentId === null ? 'public' : 'authorised';
  const data = {
    scope,
    alertId,
    caseId,
    ruleId,
    level,
    versionNo,
    state,
    dueOn,
    isLate,
    isDisputed,
    disclosureId,
  };
  return { institutionId, platformId, enterpriseId, type, data: { ...data, ...more } };
}
