import { type EnterpriseId, newId, type Tx } from '#kernel';
import { findEnterprise, readDatasets, readKnownAt } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, decide, type Grant, recordLeaf, requireAllowed } from '#security';
import { readProfileInForce } from '../../time-limits/definition/profile-in-force.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import { markWhileOpen, putItemMark } from '../item-marks.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { sealValues, valuesPlace } from '../sealed-values.ts';
import { addStep, findObjection, type StoredObjection } from '../store.ts';
import type { ObjectionTables } from '../tables.ts';
import { startOwnTerms } from '../terms.ts';
import { findStoredEvidence, sealNames } from '../evidence/stored-evidence.ts';
import { type Application, requireSize } from './application.ts';
import { lockApplicant, requireNew, requireRoom } from './require-new.ts';
import { type OwnDataset, type ShapedItem, shapeItem } from './shape-item.ts';

/** Far more records than one enterprise has of one dataset. */
const APPLY_LIMITS = Object.freeze({ recordsPerDatasetMax: 10_000 });

export type ApplyRequest = {
  readonly caller: Caller;
  /** Any code of the caller's own enterprise. */
  readonly code: string;
  readonly application: Application;
};

/**
 * 异议申请: by the representative, or an agent whose mandate covers objections. Each record is marked in the same transaction, the
 * terms begin, and a leaf says that it was raised. Throws the policy's refusal, what `proveMandate` throws, `objections.…`.
 */
export async function applyObjection(
  tx: Tx,
  context: ObjectionContext,
  { caller, code, application }: ApplyRequest,
): Promise<StoredObjection> {
  const { policies, clock, objectionRules: rules } = context;
  const { enterpriseId } = await findEnterprise(tx, code);
  const grant = requireAllowed(policies, caller, 'object', { enterprise: enterpriseId });
  const { mandateId } = await proveMandate(tx, clock, caller, 'object');
  requireSize(rules, application);
  await lockApplicant(tx, enterpriseId);
  await requireRoom(tx, context, { enterpriseId, items: application.items.length });
  const own = await readOwnDatasets(tx, context, { caller, enterpriseId, application });
  const { whileDisputed } = await readProfileInForce(tx, context);
  const { codeTables } = context.catalogue;
  const facts = { rules, codeTables, own, whileDisputed: whileDisputed.mode };
  const items = application.items.map((item, at) => shapeItem(item, at + 1, facts));
  await requireNew(tx, { enterpriseId, items, attachments: application.attachments });
  return await raiseObjection(tx, context, { grant, enterpriseId, mandateId, application, items });
}

type Applied = {
  readonly grant: Grant;
  readonly enterpriseId: EnterpriseId;
  readonly mandateId: string;
  readonly application: Application;
  readonly items: readonly ShapedItem[];
};

/** Once everything was checked: marks, terms, leaf and rows in the caller's transaction. */
export async function raiseObjection(
  tx: Tx,
  context: ObjectionContext,
  applied: Applied,
): Promise<StoredObjection> {
  const { grant, enterpriseId, application, items } = applied;
  const attachments = await findStoredEvidence(tx, context, application.attachments, enterpriseId);
  const at = context.clock.now();
  const objectionId = newId('obj', at);
  const receiptId = await recordRaised(tx, context, { ...applied, objectionId, at });
  await tx
    .tables<ObjectionTables>()
    .insertInto('rights.objections')
    .values({
      enterprise_id: enterpriseId,
      objection_id: objectionId,
      applied_by: grant.caller.id,
      mandate_id: applied.mandateId,
      reason: application.reason.trim(),
      attachments: JSON.stringify(await sealNames(tx, context, { enterpriseId, objectionId, attachments })),
      rules_version: context.objectionRules.version,
      applied_at: at,
      receipt_id: receiptId,
    })
    .execute();
  for (const item of items) await writeItem(tx, context, { grant, enterpriseId, objectionId, item });
  const kind = grant.caller.kind === 'enterprise' ? ('enterprise' as const) : ('node' as const);
  const by = { kind, id: grant.caller.id };
  await addStep(tx, { enterpriseId, objectionId, act: 'applied', by, at, receiptId });
  await startOwnTerms(tx, context, { enterpriseId, objectionId }, at);
  return await findObjection(tx, context, objectionId);
}

async function writeItem(
  tx: Tx,
  context: ObjectionContext,
  of: { grant: Grant; enterpriseId: EnterpriseId; objectionId: string; item: ShapedItem },
): Promise<void> {
  const { grant, enterpriseId, objectionId, item } = of;
  const marked = { ...item, objectionId, mark: null };
  const mark = await putItemMark(tx, context, grant, { item: marked, mark: markWhileOpen(item) });
  const { itemNo } = item;
  const place = valuesPlace('rights.objection_items', { enterpriseId, objectionId, itemNo });
  await tx
    .tables<ObjectionTables>()
    .insertInto('rights.objection_items')
    .values({
      enterprise_id: enterpriseId,
      objection_id: objectionId,
      item_no: item.itemNo,
      contract_id: item.contractId,
      provider: item.provider,
      first_record_id: item.recordId,
      record_id: item.recordId,
      ground: item.ground,
      fields_sealed: await sealValues(tx, context.cipher, place, item.fields),
      claim_digest: item.claimDigest,
      mode: item.mode,
      mark,
      state: 'submitted',
      is_followed: item.recordId !== null,
    })
    .execute();
}

/** Ids and grounds; no value of a record stands in the log. */
async function recordRaised(
  tx: Tx,
  { keys }: ObjectionContext,
  of: Applied & { readonly objectionId: string; readonly at: Date },
): Promise<string> {
  const { grant, items, application } = of;
  const { id } = await recordLeaf(tx, keys, {
    kind: 'correction',
    at: of.at,
    subject: of.enterpriseId,
    body: {
      act: 'objection_raised',
      objection: of.objectionId,
      by: grant.caller.id,
      mandate: of.mandateId,
      items: items.map(({ contractId, recordId, ground, mode }) => ({
        contract: contractId,
        record: recordId,
        ground,
        mode,
      })),
      attachments: application.attachments.map(({ sha256 }) => sha256),
      policyHash: grant.policyHash,
    },
  });
  return id;
}

/** The enterprise's own records of the datasets that it names, as it sees them itself. */
async function readOwnDatasets(
  tx: Tx,
  { policies, catalogue }: ObjectionContext,
  of: { caller: Caller; enterpriseId: EnterpriseId; application: Application },
): Promise<ReadonlyMap<string, OwnDataset>> {
  const asked = [...new Set(of.application.items.map(({ contract }) => contract))];
  const contracts = asked.map((id) => {
    const contract = catalogue.contracts.get(id);
    if (contract === undefined)
      throw objectionRefusal('objections.dataset_unknown', { contract: id.slice(0, 60) });
    return contract;
  });
  const permit = decide(tx, policies, {
    caller: of.caller,
    purpose: 'self',
    subject: of.enterpriseId,
    contracts,
    asOf: { knownAt: await readKnownAt(tx, asked) },
  });
  const answers = await readDatasets(tx, permit, { contracts, limit: APPLY_LIMITS.recordsPerDatasetMax });
  return new Map(
    answers.map(({ contract, fields, records }) => [contract.id, { contract, fields, records }]),
  );
}
