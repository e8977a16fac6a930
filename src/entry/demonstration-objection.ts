import { inTransaction, type Tx } from '#kernel';
import { findEnterprise, readDatasets, readKnownAt } from '#lists';
import {
  applyObjection,
  attachEvidence,
  type KeptEvidence,
  listOwnObjections,
  type ObjectionContext,
} from '#rights';
import { type Caller, decide } from '#security';
import type { DemonstrationCase } from './demonstration-case-file.ts';
import type { Node } from './node.ts';
import { openEvidence, openObjections } from './objections.ts';

const CONTRACT = 'n01_registration';
const UNDECIDED: ReadonlySet<string> = new Set(['submitted', 'checking', 'forwarded', 'review_asked']);

type Disputed = { readonly one: Pick<DemonstrationCase, 'code'>; readonly signatory: Caller };

/** The enterprise objects to its domicile as the registration has it, unless that is being looked at already. */
export async function objectToDomicile(node: Node, { one, signatory }: Disputed): Promise<void> {
  if (await isUnderObjection(node, { one, signatory })) return;
  const context = openObjections(node);
  const attachment = await handInLease(node, { one, signatory });
  await inTransaction(node.database, async (tx) => {
    if (await isDisputed(tx, context, { one, signatory })) return;
    const record = await findRegistration(tx, node, { one, signatory });
    const fields = [{ field: 'domicile', claimed: '北京市合成路2号（合成数据，不代表真实企业）' }];
    const items = [{ contract: CONTRACT, record, ground: 'wrong', fields }];
    const application = { reason: '住所登记有误，已迁入合成路2号。', attachments: [attachment], items };
    await applyObjection(tx, context, { caller: signatory, code: one.code, application });
  });
}

/** Evidence of this instant: what was decided earlier is raised again with something new. One empty page. */
async function handInLease(node: Node, { one, signatory }: Disputed): Promise<KeptEvidence> {
  const page = [
    '%PDF-1.7',
    '1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj',
    '2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj',
    '3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >> endobj',
    'trailer << /Root 1 0 R >>',
    `% ${node.clock.now().toISOString()}`,
    '%%EOF\n',
  ];
  const bytes = Buffer.from(page.join('\n'));
  const file = { caller: signatory, code: one.code, name: '不动产租赁合同.pdf', bytes };
  return await attachEvidence(openEvidence(node), file);
}

/** Whether an objection of the enterprise waits for its decision. */
export async function isUnderObjection(node: Node, of: Disputed): Promise<boolean> {
  return await inTransaction(node.database, (tx) => isDisputed(tx, openObjections(node), of));
}

async function isDisputed(tx: Tx, context: ObjectionContext, { one, signatory }: Disputed): Promise<boolean> {
  const own = await listOwnObjections(tx, context, { caller: signatory, code: one.code });
  return own.some(({ items }) => items.some(({ state }) => UNDECIDED.has(state)));
}

async function findRegistration(
  tx: Tx,
  { policies, lists }: Node,
  { one, signatory }: Disputed,
): Promise<string> {
  const contract = lists.catalogue.contracts.get(CONTRACT);
  if (contract === undefined) throw new TypeError('the lists have a registration');
  const { enterpriseId: subject } = await findEnterprise(tx, one.code);
  const asOf = { knownAt: await readKnownAt(tx, [CONTRACT]) };
  const contracts = [contract];
  const permit = decide(tx, policies, { caller: signatory, purpose: 'self', subject, contracts, asOf });
  const [answer] = await readDatasets(tx, permit, { contracts, limit: 1 });
  const [record] = answer?.records ?? [];
  if (record === undefined) throw new TypeError('an enterprise of a case is registered');
  return record.recordId;
}
