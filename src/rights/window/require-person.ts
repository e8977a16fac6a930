import type { EnterpriseId, Tx } from '#kernel';
import { readDatasets, readKnownAt } from '#lists';
import { type Capacity, readAccountName, readMandateHolders, windowCaller } from '#platform';
import { type Caller, decide } from '#security';
import { folded } from '../voluntary/registration/register-enterprise.ts';
import { isSameNumber, type Person } from './person.ts';
import type { WindowContext } from './window-context.ts';
import { windowRefusal } from './window-refusals.ts';

export type Present = {
  readonly entryId: string;
  readonly enterpriseId: EnterpriseId;
  readonly person: Person;
  readonly capacity: Capacity;
};

/**
 * The person is the representative that the register names, by name and, where the register has it, by number; anyone else acts
 * under a mandate on paper, whose scan the caller of this has required. Throws `window.not_the_representative`.
 */
export async function requireIdentity(tx: Tx, context: WindowContext, present: Present): Promise<void> {
  if (present.capacity === 'agent') return;
  const registered = await readRegistered(tx, context, present);
  const isOne = registered.some(
    ({ name, number }) =>
      folded(name) === folded(present.person.name) && isSameNumber(number, present.person),
  );
  if (!isOne) throw windowRefusal('window.not_the_representative');
}

/**
 * A clerk serves neither an enterprise that they act for by a mandate, nor themselves, nor an enterprise that they represent.
 * By account and by name: the node has no identity number of its clerks. Throws `window.own_enterprise`.
 */
export async function requireOthers(
  tx: Tx,
  context: WindowContext,
  { clerk, ...present }: Present & { readonly clerk: Caller },
): Promise<void> {
  const { enterpriseId, person } = present;
  const own = folded((await readAccountName(tx, clerk.id)) ?? '');
  const holders = await readMandateHolders(tx, enterpriseId, context.clock.now());
  const registered = await readRegistered(tx, context, present);
  const names = [person.name, ...holders.map(({ name }) => name), ...registered.map(({ name }) => name)];
  const isOwn = own !== '' && names.some((name) => folded(name) === own);
  if (isOwn || holders.some(({ accountId }) => accountId === clerk.id))
    throw windowRefusal('window.own_enterprise');
}

type Registered = { readonly name: string; readonly number: string | null };

const NAME = 'legal_representative';
const NUMBER = 'legal_representative_cert_no';

/** As the registering departments have it, read as the enterprise reads of itself; the clerk is told yes or no. */
async function readRegistered(
  tx: Tx,
  { catalogue, policies }: WindowContext,
  { entryId, enterpriseId, capacity }: Present,
): Promise<Registered[]> {
  const contracts = [...catalogue.contracts.values()].filter(
    ({ registers, fields }) => registers === true && fields.some(({ name }) => name === NAME),
  );
  const permit = decide(tx, policies, {
    caller: windowCaller({ entryId, enterpriseId, capacity }),
    purpose: 'self',
    subject: enterpriseId,
    contracts,
    asOf: {
      knownAt: await readKnownAt(
        tx,
        contracts.map(({ id }) => id),
      ),
    },
  });
  const answers = await readDatasets(tx, permit, { contracts, limit: REGISTRATIONS_MAX });
  return answers.flatMap(({ records }) =>
    records.flatMap(({ values }) => {
      const [name, number] = [values[NAME] ?? null, values[NUMBER] ?? null];
      return name === null ? [] : [{ name, number }];
    }),
  );
}

/** Far more registrations than one enterprise has live. */
const REGISTRATIONS_MAX = 100;
