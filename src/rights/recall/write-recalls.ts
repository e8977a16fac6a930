import assert from 'node:assert';
import { newId, startAll, type Tx } from '#kernel';
import type { RecordLife } from '#lists';
import { type Message, queueMessages } from '#monitoring';
import { type LeafFacts, recordLeaves } from '#security';
import type { RightsContext } from '../rights-context.ts';
import { startTerm, startTerms, type TermStart } from '../time-limits/running/start-term.ts';
import type { DecidedRecall } from './decide-recalls.ts';
import { noticeOf, signNotices } from './notice.ts';
import { hashNotice, rootOf } from './notice-tree.ts';
import type { CauseKind } from './recall-terms.ts';

/** A decided recall, of which record and why. */
export type ToRecall = DecidedRecall & {
  readonly life: RecordLife;
  readonly cause: { readonly kind: CauseKind; readonly id: string };
};

type Named = ToRecall & { readonly recallId: string };
type Due = { readonly dueOn: string | null; readonly dueIsCertain: boolean };
type Signed = Named & {
  readonly notice: string;
  readonly hash: Buffer;
  readonly receiptId: string;
  readonly place: number;
};

/**
 * Terms, signed notices, one leaf for each recipient, rows and messages; each by one statement however many there are. The
 * database writes terms and messages while the notices are signed, which takes longest.
 */
export async function writeRecalls(
  tx: Tx,
  context: RightsContext,
  { decided, at }: { readonly decided: readonly ToRecall[]; readonly at: Date },
): Promise<void> {
  const named = decided.map((one): Named => ({ ...one, recallId: newId('rcl', at) }));
  const [first, ...others] = named.map((one) => startOf(one, at));
  if (first === undefined) return;
  const due = await startTerm(tx, context, first);
  const [starting, queueing, signing] = startAll(
    startTerms(tx, context, others),
    queueMessages(
      tx,
      named.flatMap((one) => messageOf(one, due)),
      at,
    ),
    signAll(tx, context, { named, due, at }),
  );
  const terms = await starting;
  assert(
    terms.every(({ dueOn }) => dueOn === due.dueOn),
    'one instant and one profile make one day',
  );
  await queueing;
  await insertRecalls(tx, await signing, { due, at });
}

/** Each recipient has the time that the profile in force gives. */
function startOf(
  { recallId: id, disclosure: { enterpriseId }, recipient }: Named,
  startedAt: Date,
): TermStart {
  const matter = { kind: 'recall', id, enterpriseId } as const;
  return { matter, term: 'recall_acknowledgement', startedAt, responsible: recipient };
}

async function signAll(
  tx: Tx,
  { keys }: RightsContext,
  { named, due: { dueOn }, at }: { readonly named: readonly Named[]; readonly due: Due; readonly at: Date },
): Promise<Signed[]> {
  const notices = await signNotices(
    keys,
    named.map((decided) => {
      const { recallId, life, cause } = decided;
      const { contract, recordId } = life;
      return noticeOf({ recallId, decided, contract, recordId, cause: cause.kind, at, dueOn });
    }),
  );
  const hashed = named.map((one, n) => {
    const notice = notices[n] ?? assert.fail('one for one');
    return { ...one, notice, hash: hashNotice(notice) };
  });
  // A recipient sees the tree of its own notices and so not how many others have had any.
  const trees = [...Map.groupBy(hashed, treeOf)];
  const leaves = trees.map(([, own]) => leafOf(own, at));
  const receipts = await recordLeaves(tx, keys, leaves);
  return trees.flatMap(([, own], n) =>
    own.map((one, place) => ({ ...one, receiptId: receipts[n]?.id ?? assert.fail(), place })),
  );
}

function treeOf({ disclosure: { enterpriseId }, recipient, cause }: Named): string {
  return `${enterpriseId} ${recipient.kind} ${recipient.id} ${cause.id}`;
}

/** It is opened to the recipient, and so says no more than its notices: not even the number of the decision. */
function leafOf(own: readonly (Named & { readonly hash: Buffer })[], at: Date): LeafFacts {
  const [first] = own;
  assert(first !== undefined, 'a recipient has its notices');
  const body = {
    act: 'disclosures_recalled',
    recipient: first.recipient.id,
    recalls: own.length,
    merkleRoot: rootOf(own.map(({ hash }) => hash)).toString('hex'),
    by: 'system:recall',
  };
  return { kind: 'correction', at, subject: first.disclosure.enterpriseId, body };
}

async function insertRecalls(
  tx: Tx,
  signed: readonly Signed[],
  { due, at }: { readonly due: Due; readonly at: Date },
): Promise<void> {
  await tx.rows(INSERT, [
    signed.map(({ disclosure }) => disclosure.enterpriseId),
    signed.map(({ recallId }) => recallId),
    signed.map(({ disclosure }) => disclosure.disclosureId),
    signed.map(({ disclosure }) => disclosure.kind),
    signed.map(({ disclosure }) => disclosure.at),
    signed.map(({ part }) => part),
    signed.map(({ demand }) => demand),
    signed.map(({ recipient }) => recipient.kind),
    signed.map(({ recipient }) => recipient.id),
    signed.map(({ disclosure }) => disclosure.platform),
    signed.map(({ notice }) => notice),
    signed.map(({ receiptId }) => receiptId),
    signed.map(({ hash }) => hash.toString('hex')),
    signed.map(({ place }) => place),
    signed.map(({ life }) => life.contract),
    signed.map(({ life }) => life.deliveryNo),
    signed.map(({ life }) => life.rowNo),
    signed.map(({ cause }) => cause.kind),
    signed.map(({ cause }) => cause.id),
    at,
    due.dueOn,
    due.dueIsCertain,
  ]);
}

const INSERT = `
  insert into rights.recalls (enterprise_id, recall_id, disclosure_id, disclosure_kind, disclosed_at, part, demand,
    recipient_kind, recipient_id, platform_id, notice, receipt_id, notice_hash, place, contract_id, delivery_no, row_no,
    cause_kind, cause_id, recalled_at, due_on, due_is_certain)
  select enterprise_id, recall_id, disclosure_id, disclosure_kind, disclosed_at, part, demand, recipient_kind,
    recipient_id, platform_id, notice, receipt_id, decode(notice_hash, 'hex'), place, contract_id, delivery_no, row_no,
    cause_kind, cause_id, $20, $21, $22
  from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::text[], $16::bigint[],
    $17::integer[], $18::text[], $19::text[])
    as recalled (enterprise_id, recall_id, disclosure_id, disclosure_kind, disclosed_at, part, demand, recipient_kind,
      recipient_id, platform_id, notice, receipt_id, notice_hash, place, contract_id, delivery_no, row_no, cause_kind,
      cause_id)`;

/** Where the notice is to be read; the node's own people have their list. */
function messageOf({ recallId, disclosure, recipient }: Named, { dueOn }: Due): Message[] {
  if (recipient.kind === 'node') return [];
  const { disclosureId, enterpriseId, platform: platformId } = disclosure;
  const data = { recallId, disclosureId, dueOn };
  const type = 'cn.xinqiao.disclosure.recalled';
  return [{ institutionId: recipient.id, platformId, enterpriseId, type, data }];
}
