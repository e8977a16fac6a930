import type { Tx } from '#kernel';
import type { Contract } from '#lists';
import { recordLeaf, type SourceOrder } from '#security';
import type { Asked } from './query/ask.ts';
import type { QueryContext, SourceAnswer } from './query/query-shape.ts';

/** How long departments may be asked after the right to ask was given. */
const ORDER_MS = 10_000;

/** A right to ask that was given, and what of it departments are to be asked. */
export type Ordered = {
  readonly order: SourceOrder;
  readonly contracts: readonly Contract[];
  readonly enterprise: Asked['enterprise'];
  readonly institution: string;
};

/** Gives the order to ask the departments of these contracts, with its intent leaf: without an answer it is a finding. */
export async function orderSources(
  tx: Tx,
  context: Pick<QueryContext, 'clock' | 'keys'>,
  { permit, admission, consent, enterprise }: Asked,
  contracts: readonly Contract[],
): Promise<Ordered> {
  const at = context.clock.now();
  const ids = contracts.map(({ id }) => id);
  const order = permit.orderFromSources(ids, new Date(at.getTime() + ORDER_MS));
  await recordLeaf(tx, context.keys, {
    kind: 'intent',
    at,
    subject: permit.subject,
    body: {
      caller: permit.caller.id,
      institution: admission.institutionId,
      platform: admission.platformId,
      consentId: consent.consentId,
      purpose: permit.purpose,
      contracts: ids,
    },
  });
  return { order, contracts, enterprise, institution: admission.institutionId };
}

/** Call it in no transaction: departments may take as long as the deadline lets them. None is asked what was denied. */
export async function gatherFromSources(
  { askSources }: Pick<QueryContext, 'askSources'>,
  { order, contracts, enterprise, institution }: Ordered,
): Promise<readonly SourceAnswer[]> {
  const wanted = contracts.filter(({ id }) => order.fields(id).length > 0);
  if (askSources === undefined || wanted.length === 0) return [];
  return await askSources(order, { contracts: wanted, enterprise, institution });
}
