import { pauseConsent, readConsentWords, resumeConsent, revokeConsent } from '#consent';
import { declineRecord, takeBackDeclined } from '#evaluation';
import type { Tx } from '#kernel';
import type { MandateScope } from '#platform';
import type { Caller } from '#security';
import { type Complaint, fileComplaint } from '../complaints/file-complaint.ts';
import type { Application } from '../objections/apply/application.ts';
import { applyObjection } from '../objections/apply/apply-objection.ts';
import { addStatement, askReview, withdrawItems } from '../objections/apply/own-acts.ts';
import { applyRepair, type RepairApplication } from '../repair/apply-repair.ts';
import type { ItemValues } from '../voluntary/forms/forms.ts';
import { fileItem } from '../voluntary/items/file-item.ts';
import { withdrawItem } from '../voluntary/items/withdraw-item.ts';
import { signPledge, withdrawPledge } from '../voluntary/pledge/pledges.ts';
import { registerEnterprise } from '../voluntary/registration/register-enterprise.ts';
import type { WindowActId } from './store/act-words.ts';
import type { WindowContext } from './window-context.ts';

/** What a person at the window may ask for, by act, as the act's own function takes it. */
export type AskedOf = {
  objection: { readonly application: Application };
  objection_statement: { readonly objection: string; readonly item: number; readonly statement: string };
  objection_review: { readonly objection: string; readonly item: number; readonly reason: string };
  objection_withdrawal: { readonly objection: string; readonly items?: readonly number[] };
  repair: { readonly application: RepairApplication };
  complaint: { readonly complaint: Complaint };
  registration: { readonly name: string; readonly representative: string };
  item: { readonly contract: string; readonly values: ItemValues };
  item_withdrawal: { readonly item: string };
  pledge: { readonly templateHash: string };
  pledge_withdrawal: { readonly pledge: string };
  decline_use: { readonly record: string };
  allow_use: { readonly record: string };
  consent_revocation: { readonly consent: string };
  self_query: object;
};

/** The person, acting for the enterprise; `made` is what the act at once made. */
type By<Asked> = {
  readonly caller: Caller;
  readonly code: string;
  readonly asked: Asked;
  readonly made: string | null;
};
/** Gives the id of what was made or changed. */
type Step<Asked> = (tx: Tx, context: WindowContext, by: By<Asked>) => Promise<string | null>;

/**
 * What the act does and when. What protects the enterprise has effect when it is entered (`atOnce`) and is taken back
 * (`undo`) where nobody confirms it; everything else waits for the second person (`onCheck`, or `alone` where the act's function
 * has transactions of its own).
 */
export type WindowAct<Asked> = {
  /** What an agent's mandate must hold for it. */
  readonly scope: MandateScope;
  readonly atOnce?: Step<Asked>;
  readonly undo?: Step<Asked>;
  readonly onCheck?: Step<Asked>;
  readonly alone?: (context: WindowContext, by: By<Asked>) => Promise<string | null>;
};

/** Every act of the window: one line each; its words stand in `store/act-words.ts`. */
export const WINDOW_ACTS: { readonly [Id in WindowActId]: WindowAct<AskedOf[Id]> } = {
  objection: { scope: 'object', atOnce: object, undo: takeObjectionBack },
  objection_statement: { scope: 'object', onCheck: state },
  objection_review: { scope: 'object', onCheck: review },
  objection_withdrawal: { scope: 'object', onCheck: withdraw },
  repair: { scope: 'object', onCheck: repair },
  complaint: { scope: 'object', onCheck: complain },
  registration: { scope: 'file', onCheck: register },
  item: { scope: 'file', alone: file },
  item_withdrawal: { scope: 'file', alone: takeItemBack },
  pledge: { scope: 'file', onCheck: pledge },
  pledge_withdrawal: { scope: 'file', onCheck: takePledgeBack },
  decline_use: { scope: 'object', atOnce: decline, undo: allow },
  allow_use: { scope: 'object', onCheck: allow },
  consent_revocation: { scope: 'consent', atOnce: pause, onCheck: revoke, undo: resume },
  self_query: { scope: 'query' },
};

async function object(tx: Tx, { objections }: WindowContext, by: By<AskedOf['objection']>): Promise<string> {
  const { caller, code, asked } = by;
  const { application } = asked;
  return (await applyObjection(tx, objections, { caller, code, application })).objectionId;
}

async function takeObjectionBack(
  tx: Tx,
  { objections }: WindowContext,
  { caller, code, made }: By<unknown>,
): Promise<string> {
  return (await withdrawItems(tx, objections, { caller, code, objection: made ?? '' })).objectionId;
}

async function state(
  tx: Tx,
  { objections }: WindowContext,
  { caller, code, asked }: By<AskedOf['objection_statement']>,
): Promise<string> {
  return (await addStatement(tx, objections, { caller, code, ...asked })).objectionId;
}

async function review(
  tx: Tx,
  { objections }: WindowContext,
  { caller, code, asked }: By<AskedOf['objection_review']>,
): Promise<string> {
  return (await askReview(tx, objections, { caller, code, ...asked })).objectionId;
}

async function withdraw(
  tx: Tx,
  { objections }: WindowContext,
  { caller, code, asked }: By<AskedOf['objection_withdrawal']>,
): Promise<string> {
  return (await withdrawItems(tx, objections, { caller, code, ...asked })).objectionId;
}

async function repair(tx: Tx, { repairs }: WindowContext, by: By<AskedOf['repair']>): Promise<string> {
  const { caller, code, asked } = by;
  const { application } = asked;
  return (await applyRepair(tx, repairs, { caller, code, application })).repairId;
}

async function complain(
  tx: Tx,
  { complaints }: WindowContext,
  by: By<AskedOf['complaint']>,
): Promise<string> {
  const { caller, code, asked } = by;
  const { complaint } = asked;
  return (await fileComplaint(tx, complaints, { caller, code, complaint })).complaintId;
}

async function register(
  tx: Tx,
  context: WindowContext,
  { caller, code, asked }: By<AskedOf['registration']>,
): Promise<string> {
  return (await registerEnterprise(tx, context, { caller, code, ...asked })).state;
}

async function file(context: WindowContext, { caller, asked }: By<AskedOf['item']>): Promise<string> {
  const { contract: contractId, values } = asked;
  return (await fileItem(context, { caller, contractId, values })).itemId;
}

async function takeItemBack(
  context: WindowContext,
  { caller, asked: { item: itemId } }: By<AskedOf['item_withdrawal']>,
): Promise<string> {
  await withdrawItem(context, { caller, itemId });
  return itemId;
}

async function pledge(
  tx: Tx,
  context: WindowContext,
  { caller, asked: { templateHash } }: By<AskedOf['pledge']>,
): Promise<string> {
  return (await signPledge(tx, context, { caller, templateHash })).pledgeId;
}

async function takePledgeBack(
  tx: Tx,
  context: WindowContext,
  { caller, asked: { pledge: pledgeId } }: By<AskedOf['pledge_withdrawal']>,
): Promise<string> {
  return (await withdrawPledge(tx, context, { caller, pledgeId })).pledgeId;
}

async function decline(
  tx: Tx,
  { declined }: WindowContext,
  { caller, code, asked: { record } }: By<{ readonly record: string }>,
): Promise<string> {
  return (await declineRecord(tx, declined, { caller, code, record })).record;
}

async function allow(
  tx: Tx,
  { declined }: WindowContext,
  { caller, code, asked: { record } }: By<{ readonly record: string }>,
): Promise<string> {
  return (await takeBackDeclined(tx, declined, { caller, code, record })).record;
}

type OfConsent = By<AskedOf['consent_revocation']>;

/** Nothing is given from now on. Null: the enterprise had paused it itself, so that there is nothing to take back. */
async function pause(
  tx: Tx,
  { consents }: WindowContext,
  { caller, asked: { consent } }: OfConsent,
): Promise<string | null> {
  const { state: before } = await readConsentWords(tx, consents, { caller, consent });
  if (before === 'paused') return null;
  return (await pauseConsent(tx, consents, { caller, consent })).consentId;
}

async function revoke(
  tx: Tx,
  { consents }: WindowContext,
  { caller, asked: { consent } }: OfConsent,
): Promise<string> {
  return (await revokeConsent(tx, consents, { caller, consent })).consentId;
}

async function resume(
  tx: Tx,
  { consents }: WindowContext,
  { caller, made }: OfConsent,
): Promise<string | null> {
  return made === null ? null : (await resumeConsent(tx, consents, { caller, consent: made })).consentId;
}
