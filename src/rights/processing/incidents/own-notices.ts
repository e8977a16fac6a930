import type { FieldCipher, Tx } from '#kernel';
import { findEnterprise, readMergedIds } from '#lists';
import { type Caller, type Permit, recordLeaf, requireAllowed } from '#security';
import type { ProcessingContext } from '../processing-context.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { incidentRefusal } from '../processing-refusals.ts';
import type { IncidentWords } from './incident-store.ts';
import { openWords } from './read-incidents.ts';
import type { IncidentKind } from './standing.ts';

/** What an enterprise was told of one incident. */
export type OwnIncidentNotice = {
  readonly incidentId: string;
  readonly kind: IncidentKind;
  readonly noticedAt: Date;
  readonly toldAt: Date;
  readonly words: IncidentWords;
  readonly disclosures: number;
  readonly records: number;
  readonly persons: number;
  readonly receiptId: string;
  readonly acknowledgedAt: Date | null;
};

/** Newest first, of the enterprise of the Permit and those merged into it; the Permit is for `self`. */
export async function readOwnNotices(
  tx: Tx,
  { cipher }: { readonly cipher: FieldCipher },
  permit: Permit,
): Promise<OwnIncidentNotice[]> {
  const rows = await tx.rows<Omit<OwnIncidentNotice, 'words'> & { sealed: string | null }>(
    `select n.incident_id as "incidentId", i.kind, i.noticed_at as "noticedAt", n.told_at as "toldAt",
       s.words_sealed as sealed, n.disclosures, n.records, n.persons, n.receipt_id as "receiptId",
       n.acknowledged_at as "acknowledgedAt"
     from rights.incident_notices n
     join rights.incidents i on i.incident_id = n.incident_id
     join rights.incident_steps s on s.incident_id = n.incident_id and s.step_no = n.step_no
     where n.enterprise_id = any($1::bigint[]) and n.told_at is not null
     order by n.told_at desc, n.incident_id limit $2`,
    [await readMergedIds(tx, permit.subject), PROCESSING_LIMITS.ownShownMax],
  );
  const notices: OwnIncidentNotice[] = [];
  for (const { sealed, ...notice } of rows) {
    const words = await openWords(tx, { cipher }, { incident: notice.incidentId, sealed });
    notices.push({ ...notice, words });
  }
  return notices;
}

/**
 * The enterprise says that it has read the notice; what was said before stands. Throws the policy's refusal,
 * `incidents.notice_unknown`.
 */
export async function acknowledgeNotice(
  tx: Tx,
  context: ProcessingContext,
  asked: { readonly caller: Caller; readonly code: string; readonly incident: string },
): Promise<{ readonly acknowledgedAt: Date }> {
  const { enterpriseId: subject } = await findEnterprise(tx, asked.code);
  requireAllowed(context.policies, asked.caller, 'acknowledge_incident', { enterprise: subject });
  const ids = await readMergedIds(tx, subject);
  const open = await tx.rows<{ enterpriseId: string; acknowledgedAt: Date | null }>(
    `select enterprise_id as "enterpriseId", acknowledged_at as "acknowledgedAt" from rights.incident_notices
     where enterprise_id = any($1::bigint[]) and incident_id = $2 and told_at is not null
     order by enterprise_id for update`,
    [ids, asked.incident],
  );
  const [first] = open;
  if (first === undefined) throw incidentRefusal('incidents.notice_unknown');
  if (open.every(({ acknowledgedAt }) => acknowledgedAt !== null))
    return { acknowledgedAt: first.acknowledgedAt ?? context.clock.now() };
  const at = context.clock.now();
  const body = { act: 'incident_acknowledged', incident: asked.incident, by: asked.caller.id };
  const leaf = { kind: 'push_receipt', at, body, subject } as const;
  const { id: receiptId } = await recordLeaf(tx, context.keys, leaf);
  await tx.rows(
    `update rights.incident_notices set acknowledged_at = $3, acknowledged_by = $4, acknowledged_receipt_id = $5
     where enterprise_id = any($1::bigint[]) and incident_id = $2 and told_at is not null and acknowledged_at is null`,
    [ids, asked.incident, at, asked.caller.id, receiptId],
  );
  return { acknowledgedAt: at };
}
