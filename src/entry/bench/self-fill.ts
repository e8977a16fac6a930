import assert from 'node:assert';
import { Readable } from 'node:stream';
import { inTransaction } from '#kernel';
import { processDelivery, readEnterprise, readReceipt, receive } from '#lists';
import { authenticate, systemCaller } from '#platform';
import { type Caller, decide, recordDisclosures, recordLeaves } from '#security';
import { collectDemonstration, openDemonstrationAccounts } from '../demonstration.ts';
import type { Node } from '../node.ts';

export const RECORDS = 5_000;
export const ACCESSES = 2_000;
const ENTERPRISES = 200;
const CONTRACT = 'n08_penalty';
/** Answers that shared a transaction, and so a signature, as grouped queries do. */
const PER_GROUP = 20;

export type Owner = {
  readonly caller: Caller;
  readonly enterpriseId: NonNullable<Caller['enterpriseId']>;
  readonly receiptIds: readonly string[];
};

/** An enterprise of a demonstration city with so many records and accesses. */
export async function fillOwner(node: Node): Promise<Owner> {
  const city = { ...node, config: { ...node.config, demonstrationEnterprises: ENTERPRISES } };
  await collectDemonstration(city, () => {});
  const accounts = await openDemonstrationAccounts(node);
  const signIn = accounts.find(({ login }) => login === 'enterprise');
  assert(signIn !== undefined, 'the demonstration has an enterprise');
  const caller = await authenticate(node.database, node.clock, signIn);
  const { enterpriseId } = caller;
  assert(enterpriseId !== null);
  await deliverRecords(node, enterpriseId);
  const receiptIds: string[] = [];
  for (let n = 0; n < ACCESSES; n += PER_GROUP) receiptIds.push(...(await disclose(node, enterpriseId)));
  return { caller, enterpriseId, receiptIds };
}

/** By the path of every delivery. */
async function deliverRecords(node: Node, enterpriseId: Owner['enterpriseId']): Promise<void> {
  const { code, name } = await inTransaction(node.database, (tx) => readEnterprise(tx, enterpriseId));
  const rows = Array.from(
    { length: RECORDS },
    (_, n) =>
      `${code},${name},京市监罚〔2026〕${n}号,未按期公示年度报告案,罚款,${1_000 + n},2026-0${1 + (n % 6)}-1${n % 9},2029-03-01\n`,
  );
  const head =
    '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';
  const provider = node.lists.catalogue.contracts.get(CONTRACT)?.provider ?? '';
  const { deliveryNo, deliveryId: delivery } = await receive(
    node.lists,
    {
      contractId: CONTRACT,
      provider,
      kind: 'records',
      fileName: 'bench.csv',
      mapping: '',
      isSynthetic: true,
      receivedBy: 'bench',
    },
    Readable.from([Buffer.from(head + rows.join(''))]),
  );
  await processDelivery(node.lists, deliveryNo);
  const receipt = await inTransaction(node.database, (tx) => readReceipt(tx, { delivery }));
  assert.equal(receipt.new, RECORDS, JSON.stringify(receipt.defects.slice(0, 2)));
}

async function disclose(node: Node, subject: Owner['enterpriseId']): Promise<string[]> {
  const at = node.clock.now();
  return await inTransaction(node.database, async (tx) => {
    const contract = node.lists.catalogue.contracts.get(CONTRACT);
    assert(contract !== undefined);
    const permit = decide(tx, node.policies, {
      caller: systemCaller('bench'),
      purpose: 'public_report',
      subject,
      contracts: [contract],
      asOf: { knownAt: at },
    });
    const facts = Array.from({ length: PER_GROUP }, (_, n) => ({
      kind: 'answer' as const,
      at,
      subject,
      body: { contracts: [CONTRACT], institution: 'demo-bank', purpose: 'loan_origination', n },
    }));
    const receipts = await recordLeaves(tx, node.keys, facts);
    await recordDisclosures(
      tx,
      receipts.map(({ id: receiptId }) => ({
        permit,
        kind: 'answer' as const,
        contracts: [CONTRACT],
        institution: 'demo-bank',
        contentDigest: 'sha256:00',
        receiptId,
        at,
      })),
    );
    return receipts.map(({ id }) => id);
  });
}
