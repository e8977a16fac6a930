import { createHash } from 'node:crypto';
import type { Clock, EnterpriseId, FieldCipher, Tx } from '#kernel';
import type { Caller } from '#security';
import type { Officers } from '../participants/demonstration-participants.ts';
import { readMandates } from './change-mandate.ts';
import { enterMandate, grantMandate } from './grant-mandate.ts';
import { confirmMandate } from './settle-mandates.ts';

export type DemonstrationPeople = {
  readonly enterpriseId: EnterpriseId;
  readonly representative: { readonly login: string; readonly caller: Caller };
  readonly agent: { readonly login: string };
  readonly cipher: FieldCipher;
};

/**
 * The representative's mandate by two officers, then the agent's by the representative; nothing when the enterprise
 * has any mandate already: what a person ended stays ended.
 */
export async function makeDemonstrationMandates(
  tx: Tx,
  { proposer, approver }: Officers,
  { enterpriseId, representative, agent, cipher }: DemonstrationPeople,
): Promise<void> {
  const validFrom = proposer.clock.now();
  if ((await readMandates(tx, enterpriseId, validFrom)).length > 0) return;
  const mandateId = await enterMandate(
    tx,
    { ...proposer, cipher },
    {
      enterpriseId,
      capacity: 'legal_representative',
      login: representative.login,
      scope: [],
      validFrom,
      validTo: null,
      idNumber: null,
      documentDigest: createHash('sha256').update('demonstration').digest('hex'),
    },
  );
  await confirmMandate(tx, approver, { enterpriseId, mandateId });
  await grantMandate(
    tx,
    { ...proposer, caller: representative.caller, cipher },
    {
      enterpriseId,
      login: agent.login,
      scope: ['consent', 'file', 'query'],
      validFrom,
      validTo: inTwoYears(proposer.clock),
      idNumber: null,
    },
  );
}

function inTwoYears(clock: Clock): Date {
  return new Date(clock.now().getTime() + 730 * 86_400_000);
}
