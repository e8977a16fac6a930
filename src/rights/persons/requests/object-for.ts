import { Refusal, type Tx } from '#kernel';
import type { Contract } from '#lists';
import { systemCaller } from '#platform';
import { requireAllowed } from '#security';
import { raiseObjection } from '../../objections/apply/apply-objection.ts';
import { lockApplicant, requireNew } from '../../objections/apply/require-new.ts';
import { shapeItem } from '../../objections/apply/shape-item.ts';
import type { Responsible } from '../../time-limits/definition/term-kinds.ts';
import { readProfileInForce } from '../../time-limits/definition/profile-in-force.ts';
import { definitionOf, type LiveMention, readLiveMentions } from '../data/read-mentions.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import type { PersonsContext } from '../persons-context.ts';
import type { NewRequest } from './request-store.ts';

/** What the person says the record should say; null: nothing should stand there. */
export type FieldClaimed = { readonly field: string; readonly claimed: string | null };

type Raised = { readonly responsible: Responsible; readonly objectionId: string | null };

/**
 * 更正 (article 46): an objection to the enterprise's own record, marked at once and handled as any other, of which the enterprise
 * sees that it was raised and not by whom. Where no live record is left to mark, or the same is under objection already, the
 * request goes to the department as it is. Throws `persons.field_not_yours`, `objections.…`.
 */
export async function objectFor(
  tx: Tx,
  context: PersonsContext,
  { request, fields }: { readonly request: NewRequest; readonly fields: readonly FieldClaimed[] },
): Promise<Raised> {
  const { enterpriseId, contract, record, role } = request;
  if (enterpriseId === null || contract === null || record === null || role === null)
    throw personsRefusal('persons.not_about_you');
  const address = { enterpriseId, contract, record, role };
  requireOwnFields(definitionOf(context, address).fields, fields);
  const [live] = await readLiveMentions(tx, context, [address]);
  const provider = requireContract(context, contract).provider;
  const toProvider: Raised = { responsible: { kind: 'provider', id: provider }, objectionId: null };
  if (live === undefined) return toProvider;
  return (await raiseFor(tx, context, { request, live, fields })) ?? toProvider;
}

function requireOwnFields(own: readonly string[], fields: readonly FieldClaimed[]): void {
  if (fields.length === 0 || fields.some(({ field }) => !own.includes(field)))
    throw personsRefusal('persons.field_not_yours');
}

function requireContract({ catalogue }: PersonsContext, id: string): Contract {
  const contract = catalogue.contracts.get(id);
  if (contract === undefined) throw personsRefusal('persons.not_about_you');
  return contract;
}

/** Undefined: the same record is under the same objection already, which is decided as it stands. */
async function raiseFor(
  tx: Tx,
  context: PersonsContext,
  of: { readonly request: NewRequest; readonly live: LiveMention; readonly fields: readonly FieldClaimed[] },
): Promise<Raised | undefined> {
  const { request, live, fields } = of;
  const { enterpriseId } = live;
  const caller = systemCaller('person_requests');
  const grant = requireAllowed(context.policies, caller, 'follow_persons', { enterprise: enterpriseId });
  await lockApplicant(tx, enterpriseId);
  const dataset = { contract: live.contractInForce, fields: live.fields, records: [live.version] };
  const { whileDisputed } = await readProfileInForce(tx, context);
  const item = shapeItem({ contract: live.contract, record: live.record, ground: 'wrong', fields }, 1, {
    rules: context.objectionRules,
    codeTables: context.catalogue.codeTables,
    own: new Map([[live.contract, dataset]]),
    whileDisputed: whileDisputed.mode,
  });
  const isNew = await isNotYetObjected(() =>
    requireNew(tx, { enterpriseId, items: [item], attachments: [] }),
  );
  if (!isNew) return undefined;
  const application = {
    reason: `个人信息主体请求更正（${request.requestId}）`,
    attachments: [],
    items: [{ contract: live.contract, record: live.record, ground: 'wrong', fields }],
  };
  const { objectionId } = await raiseObjection(tx, context, {
    grant,
    enterpriseId,
    mandateId: request.requestId,
    application,
    items: [item],
  });
  return { responsible: { kind: 'node', id: 'node' }, objectionId };
}

async function isNotYetObjected(check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.text.status === 409) return false;
    throw error;
  }
}
