import { beijingDate, canonicalHash, type EnterpriseId, newId, type Tx } from '#kernel';
import { findEnterprise, readMergedIds } from '#lists';
import { proveMandate, readParticipants } from '#platform';
import { type Caller, type Grant, readDisclosureParty, recordLeaf, requireAllowed } from '#security';
import type { Attachment } from '../objections/definition/objection.ts';
import type { ComplaintContext } from './complaint-context.ts';
import { complaintRefusal } from './definition/complaint-refusals.ts';
import { type Against, OPEN_STATES } from './definition/complaint.ts';
import type { ComplaintKind, ComplaintRules } from './definition/load-complaint-rules.ts';
import { addStep, type ComplaintContent, findComplaint, sealContent, type StoredComplaint } from './store.ts';
import type { ComplaintTables } from './tables.ts';
import { startAnswerTerm } from './terms.ts';

/** 投诉. */
export type Complaint = {
  readonly kind: string;
  readonly against: Against;
  readonly text: string;
  /** Kept by digest; the bytes are handed in elsewhere. */
  readonly attachments?: readonly Attachment[];
  /** The access it is about, as the list of accesses names it. */
  readonly disclosureId?: string;
  /** The natural person for whom the enterprise complains: a representative, shareholder or guarantor of it. */
  readonly person?: string;
};

export type FiledComplaint = {
  readonly caller: Caller;
  /** Any code of the caller's own enterprise. */
  readonly code: string;
  readonly complaint: Complaint;
};

/**
 * 投诉: by the representative, or an agent whose mandate covers objections, for the enterprise or a natural person of it. The
 * term of the written answer begins, and a leaf says that it was filed, with a digest of what it says. Throws the policy's
 * refusal, what `proveMandate` throws, `complaints.…`.
 */
export async function fileComplaint(
  tx: Tx,
  context: ComplaintContext,
  { caller, code, complaint }: FiledComplaint,
): Promise<StoredComplaint> {
  const { policies, clock, complaintRules: rules } = context;
  const { enterpriseId } = await findEnterprise(tx, code);
  const grant = requireAllowed(policies, caller, 'file_complaint', { enterprise: enterpriseId });
  const { mandateId } = await proveMandate(tx, clock, caller, 'object');
  const kind = requireKind(rules, complaint);
  const content = requireContent(rules, complaint);
  await requireAgainst(tx, context, complaint.against);
  const ids = await readMergedIds(tx, enterpriseId);
  await requireAccess(tx, { kind, complaint, ids });
  await lockComplainant(tx, enterpriseId);
  await requireRoom(tx, context, ids);
  await requireNew(tx, ids, complaint);
  return await write(tx, context, { grant, enterpriseId, mandateId, complaint, content });
}

/** Throws `complaints.kind_unknown`. */
function requireKind({ kinds }: ComplaintRules, { kind: id, against }: Complaint): ComplaintKind {
  const fitting = kinds.filter((one) => one.against.includes(against.kind));
  const kind = fitting.find((one) => one.id === id);
  if (kind !== undefined) return kind;
  const known = fitting.map((one) => one.id).join(', ');
  throw complaintRefusal('complaints.kind_unknown', { kind: id.slice(0, 40), known });
}

/** A name is shown to people and never a path; nothing is opened by it. */
const NAME = /^[^\p{C}/\\:*?"<>|]{1,120}$/u;
const PERSON_CHARACTERS_MAX = 60;

/** Throws `complaints.too_large`, `complaints.attachment_not_valid`. */
function requireContent({ bounds }: ComplaintRules, complaint: Complaint): ComplaintContent {
  const { textCharactersMax: charactersMax, attachmentsMax, attachmentBytesMax: bytesMax } = bounds;
  const { attachments = [], person } = complaint;
  const text = complaint.text.trim();
  const isLong = [...text].length > charactersMax || [...(person ?? '')].length > PERSON_CHARACTERS_MAX;
  if (text === '' || isLong || attachments.length > attachmentsMax)
    throw complaintRefusal('complaints.too_large', { charactersMax, attachmentsMax });
  const isSound = ({ name, sha256, bytes }: Attachment): boolean =>
    NAME.test(name) &&
    !name.startsWith('.') &&
    Number.isSafeInteger(bytes) &&
    bytes > 0 &&
    bytes <= bytesMax &&
    /^[0-9a-f]{64}$/.test(sha256);
  if (!attachments.every(isSound)) throw complaintRefusal('complaints.attachment_not_valid', { bytesMax });
  return { text, attachments, person: person?.trim() || null };
}

/** Throws `complaints.nobody_to_complain_about`. */
async function requireAgainst(tx: Tx, { catalogue }: ComplaintContext, { kind, id }: Against): Promise<void> {
  const isKnown = async (): Promise<boolean> => {
    if (kind === 'node') return id === 'node';
    if (kind === 'provider') return [...catalogue.contracts.values()].some(({ provider }) => provider === id);
    return (await readParticipants(tx, [id])).get(id)?.kind === kind;
  };
  if (!(await isKnown())) throw complaintRefusal('complaints.nobody_to_complain_about');
}

type OfAccess = {
  readonly kind: ComplaintKind;
  readonly complaint: Complaint;
  readonly ids: readonly EnterpriseId[];
};

/** An access of another enterprise is none. Throws `complaints.access_needed`, `complaints.access_not_fitting`. */
async function requireAccess(tx: Tx, { kind, complaint, ids }: OfAccess): Promise<void> {
  const { disclosureId, against } = complaint;
  if (disclosureId === undefined) {
    if (kind.access === 'required') throw complaintRefusal('complaints.access_needed');
    return;
  }
  const party = (await readDisclosureParty(tx, [disclosureId])).get(disclosureId);
  const isOwn = party !== undefined && ids.includes(party.enterpriseId);
  const isBy =
    against.kind === 'institution'
      ? party?.institution === against.id
      : against.kind === 'platform'
        ? party?.platform === against.id
        : party?.institution === null;
  if (kind.access === 'none' || !isOwn || !isBy) throw complaintRefusal('complaints.access_not_fitting');
}

/** Of two agents who complain at once the second waits, and sees what the first has filed. Until the transaction ends. */
async function lockComplainant(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('rights.complaints', $1::bigint))`, [
    enterpriseId,
  ]);
}

/** Throws `complaints.too_many_open`, `complaints.too_many_today`. */
async function requireRoom(
  tx: Tx,
  { clock, complaintRules: { bounds } }: ComplaintContext,
  ids: readonly EnterpriseId[],
): Promise<void> {
  const midnight = new Date(`${beijingDate(clock.now())}T00:00:00+08:00`);
  const [counted] = await tx.rows<{ open: number; today: number }>(
    `select count(*) filter (where state = any($2))::integer as open, count(*) filter (where filed_at >= $3)::integer as today
     from rights.complaints where enterprise_id = any($1::bigint[])`,
    [ids, OPEN_STATES, midnight],
  );
  const { open = 0, today = 0 } = counted ?? {};
  if (open >= bounds.openMax)
    throw complaintRefusal('complaints.too_many_open', { open, max: bounds.openMax });
  if (today >= bounds.filedPerDayMax)
    throw complaintRefusal('complaints.too_many_today', { max: bounds.filedPerDayMax });
}

/** Throws `complaints.open_already`. */
async function requireNew(tx: Tx, ids: readonly EnterpriseId[], complaint: Complaint): Promise<void> {
  const { kind, against, disclosureId } = complaint;
  if (disclosureId === undefined) return;
  const [open] = await tx.rows<{ id: string }>(
    `select complaint_id as id from rights.complaints where enterprise_id = any($1::bigint[]) and kind = $2
       and against_kind = $3 and against_id = $4 and disclosure_id = $5 and state = any($6) limit 1`,
    [ids, kind, against.kind, against.id, disclosureId, OPEN_STATES],
  );
  if (open !== undefined) throw complaintRefusal('complaints.open_already', { complaint: open.id });
}

type Filed = {
  readonly grant: Grant;
  readonly enterpriseId: EnterpriseId;
  readonly mandateId: string;
  readonly complaint: Complaint;
  readonly content: ComplaintContent;
};

async function write(tx: Tx, context: ComplaintContext, filed: Filed): Promise<StoredComplaint> {
  const { grant, enterpriseId, complaint, content } = filed;
  const at = context.clock.now();
  const complaintId = newId('cpl', at);
  const receiptId = await recordFiled(tx, context, { ...filed, complaintId, at });
  await tx
    .tables<ComplaintTables>()
    .insertInto('rights.complaints')
    .values({
      enterprise_id: enterpriseId,
      complaint_id: complaintId,
      kind: complaint.kind,
      against_kind: complaint.against.kind,
      against_id: complaint.against.id,
      disclosure_id: complaint.disclosureId ?? null,
      content_sealed: await sealContent(tx, context, { enterpriseId, content }),
      attachment_digests: content.attachments.map(({ sha256 }) => sha256),
      filed_by: grant.caller.id,
      mandate_id: filed.mandateId,
      rules_version: context.complaintRules.version,
      filed_at: at,
      receipt_id: receiptId,
      state: 'submitted',
      state_at: at,
    })
    .execute();
  const by = { kind: 'enterprise', id: grant.caller.id } as const;
  await addStep(tx, context, { enterpriseId, complaintId, act: 'file', by, at, receiptId });
  await startAnswerTerm(tx, context, { enterpriseId, complaintId }, at);
  return await findComplaint(tx, complaintId);
}

/** Ids and digests; nothing that was written stands in the log. */
async function recordFiled(
  tx: Tx,
  { keys }: ComplaintContext,
  { grant, complaint, content, ...of }: Filed & { readonly complaintId: string; readonly at: Date },
): Promise<string> {
  const { id } = await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at: of.at,
    subject: of.enterpriseId,
    body: {
      act: 'complaint_filed',
      complaint: of.complaintId,
      kind: complaint.kind,
      against: complaint.against,
      disclosure: complaint.disclosureId ?? null,
      content: canonicalHash({ complaint: of.complaintId, ...content }),
      attachments: content.attachments.map(({ sha256 }) => sha256),
      by: grant.caller.id,
      mandate: of.mandateId,
      policyHash: grant.policyHash,
    },
  });
  return id;
}
