import {
  beijingDate,
  canonicalJson,
  type EnterpriseId,
  type FieldPlace,
  newId,
  openField,
  sealField,
  type Tx,
} from '#kernel';
import { addDays } from '#lists';
import type { Caller } from '#security';
import type { PledgeTemplate } from '../definition/load-voluntary.ts';
import { requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { type PledgeState, pledgeStateOn, type PledgeStanding } from './pledge-state.ts';
import { lockPledges, type PledgeRow, readLive, writeVersion } from './store.ts';

export type Pledge = {
  readonly pledgeId: string;
  readonly state: PledgeState;
  readonly templateHash: string;
  readonly scope: readonly string[];
  readonly signedAt: Date;
  readonly validTo: string;
  readonly breach: {
    readonly authority: string;
    readonly decisionNo: string;
    readonly decidedOn: string;
    readonly objection: string | null;
  } | null;
};

/**
 * The person signs the template in force, all of its scopes; the node seals the statement. One that is in force ends with it.
 * `templateHash` is that of the words which were shown. Throws `voluntary.pledge_words_changed`.
 */
export async function signPledge(
  tx: Tx,
  context: VoluntaryContext,
  { caller, templateHash }: { caller: Caller; templateHash: string },
): Promise<Pledge> {
  const { enterpriseId, mandate } = await requireOwn(tx, context, { caller, act: 'sign_pledge' });
  const { pledge: template } = context.voluntary;
  if (template.hash !== templateHash) throw voluntaryRefusal('voluntary.pledge_words_changed');
  await lockPledges(tx, enterpriseId);
  const now = context.clock.now();
  for (const earlier of (await readLive(tx, enterpriseId)).filter(({ standing }) => standing === 'signed'))
    await writeVersion(tx, context, {
      ...earlier,
      standing: 'withdrawn',
      by: caller.id,
      act: 'pledge_replaced',
    });
  await keepTemplate(tx, template, now);
  const validTo = addDays(beijingDate(now), template.validDays);
  const signed = {
    enterpriseId,
    pledgeId: newId('pld', now),
    templateHash,
    scope: template.scopes.map(({ id }) => id),
    signedBy: caller.id,
    mandateId: mandate.mandateId,
    signedAt: now,
    validTo,
  };
  const row = {
    ...signed,
    versionNo: 0,
    seal: sealOf(context, signed),
    standing: 'signed' as const,
    ...NO_BREACH,
  };
  await writeVersion(tx, context, { ...row, by: caller.id, act: 'pledge_signed' });
  return await show(tx, context, row);
}

const NO_BREACH = { authority: null, decisionNo: null, decidedOn: null, objectionSealed: null };

/** At any time; nothing more can be filed until another is signed. Throws `voluntary.pledge_unknown`. */
export async function withdrawPledge(
  tx: Tx,
  context: VoluntaryContext,
  { caller, pledgeId }: { caller: Caller; pledgeId: string },
): Promise<Pledge> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'sign_pledge' });
  const row = await requireStanding(tx, { enterpriseId, pledgeId, standing: 'signed' });
  const next = { ...row, standing: 'withdrawn' as const };
  await writeVersion(tx, context, { ...next, by: caller.id, act: 'pledge_withdrawn' });
  return await show(tx, context, next);
}

/** What the enterprise says against a breach; it stands beside it wherever it is shown. Throws `voluntary.pledge_unknown`. */
export async function objectToBreach(
  tx: Tx,
  context: VoluntaryContext,
  { caller, pledgeId, objection }: { caller: Caller; pledgeId: string; objection: string },
): Promise<Pledge> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'sign_pledge' });
  const row = await requireStanding(tx, { enterpriseId, pledgeId, standing: 'breached' });
  const text = objection.slice(0, VOLUNTARY_LIMITS.objectionCharactersMax);
  const objectionSealed = await sealField(tx, context.cipher, objectionPlace(enterpriseId), text);
  const next = { ...row, objectionSealed };
  await writeVersion(tx, context, { ...next, by: caller.id, act: 'breach_objected' });
  return await show(tx, context, next);
}

/** Newest first, with what was decided of each. */
export async function listPledges(tx: Tx, context: VoluntaryContext, caller: Caller): Promise<Pledge[]> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'sign_pledge' });
  const rows = await readLive(tx, enterpriseId);
  const pledges: Pledge[] = [];
  for (const row of rows) pledges.push(await show(tx, context, row));
  return pledges;
}

/** The pledge under which something is filed now. Throws `voluntary.no_pledge`. */
export async function requirePledge(
  tx: Tx,
  { clock }: Pick<VoluntaryContext, 'clock'>,
  enterpriseId: EnterpriseId,
): Promise<string> {
  const today = beijingDate(clock.now());
  const row = (await readLive(tx, enterpriseId)).find((one) => pledgeStateOn(one, today) === 'in_force');
  if (row === undefined) throw voluntaryRefusal('voluntary.no_pledge');
  return row.pledgeId;
}

export async function requireStanding(
  tx: Tx,
  {
    enterpriseId,
    pledgeId,
    standing,
  }: { enterpriseId: EnterpriseId; pledgeId: string; standing: PledgeStanding },
): Promise<PledgeRow> {
  await lockPledges(tx, enterpriseId);
  const row = (await readLive(tx, enterpriseId)).find((one) => one.pledgeId === pledgeId);
  if (row?.standing !== standing) throw voluntaryRefusal('voluntary.pledge_unknown');
  return row;
}

export async function show(tx: Tx, { cipher, clock }: VoluntaryContext, row: PledgeRow): Promise<Pledge> {
  const { authority, decisionNo, decidedOn, objectionSealed } = row;
  const objection =
    objectionSealed === null
      ? null
      : await openField(tx, cipher, objectionPlace(row.enterpriseId), objectionSealed);
  return {
    pledgeId: row.pledgeId,
    state: pledgeStateOn(row, beijingDate(clock.now())),
    templateHash: row.templateHash,
    scope: row.scope,
    signedAt: row.signedAt,
    validTo: row.validTo,
    breach:
      authority === null || decisionNo === null || decidedOn === null
        ? null
        : { authority, decisionNo, decidedOn, objection },
  };
}

function objectionPlace(enterpriseId: string): FieldPlace {
  return { table: 'rights.pledges', column: 'objection', owner: `enterprise:${enterpriseId}` };
}

async function keepTemplate(tx: Tx, template: PledgeTemplate, at: Date): Promise<void> {
  const { hash, id, version, ...rest } = template;
  await tx.rows(
    `insert into rights.pledge_templates (template_hash, template_id, version, definition, known_from)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [hash, id, version, JSON.stringify({ id, version, ...rest }), at],
  );
}

/** The node's signature over what was signed, by whom, for whom and when: checked with its public keys alone. */
function sealOf({ keys }: VoluntaryContext, signed: { readonly signedAt: Date }): object {
  const key = keys.get('consent');
  const statement = canonicalJson({
    type: 'xinqiao.pledge',
    v: 1,
    ...signed,
    signedAt: signed.signedAt.toISOString(),
  });
  const signature = key.sign(Buffer.from(statement)).toString('base64');
  return { use: 'consent', suite: key.suite, kid: key.kid, statement, signature };
}
