import { beginningOfBeijingDate, beijingDate, type EnterpriseId, Refusal, type Tx } from '#kernel';
import { findEnterprise, readEnterprise, readKnownAt, selectOwn } from '#lists';
import { type Caller, decide, recordLeaf, requireAllowed } from '#security';
import { requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';

/** What is checked against the register. */
const REGISTERED_FACTS = ['code', 'name', 'representative'] as const;
export type RegisteredFact = (typeof REGISTERED_FACTS)[number];

export type Registration = {
  readonly state: 'mismatch' | 'at_window' | 'registered';
  readonly mismatched: readonly RegisteredFact[];
  readonly at: Date;
};

type Given = Readonly<Record<RegisteredFact, string>>;

/**
 * The enterprise registers for the voluntary list: what it says of itself is compared with the register, and the answer says
 * which fact differs; the way on is then the window. Throws `voluntary.registered_already`, `voluntary.too_many_mismatches`.
 */
export async function registerEnterprise(
  tx: Tx,
  context: VoluntaryContext,
  { caller, ...given }: Given & { caller: Caller },
): Promise<Registration> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'register_enterprise' });
  await lockRegistration(tx, enterpriseId);
  const before = await readRegistration(tx, enterpriseId);
  if (before?.state === 'registered') throw voluntaryRefusal('voluntary.registered_already');
  await requireFewMismatches(tx, context, enterpriseId);
  const mismatched = await findMismatches(tx, context, { caller, enterpriseId, given });
  const state = mismatched.length === 0 ? 'registered' : 'mismatch';
  return await writeState(tx, context, { enterpriseId, state, mismatched, by: caller.id });
}

/** Undefined: never tried. */
export async function readRegistration(
  tx: Tx,
  enterpriseId: EnterpriseId,
): Promise<Registration | undefined> {
  const [row] = await tx.rows<Registration>(
    `select state, mismatched, known_from as at from rights.registrations
     where enterprise_id = $1 and known_to = 'infinity'`,
    [enterpriseId],
  );
  return row;
}

/** Throws `voluntary.not_registered`. */
export async function requireRegistered(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  const registration = await readRegistration(tx, enterpriseId);
  if (registration?.state !== 'registered') throw voluntaryRefusal('voluntary.not_registered');
}

/**
 * The way through the window: one person has seen the licence and enters its scan's digest, another confirms.
 * Throws `policy.…`, `voluntary.not_at_window`.
 */
export async function enterAtWindow(
  tx: Tx,
  context: VoluntaryContext,
  { caller, code, documentDigest }: { caller: Caller; code: string; documentDigest: string },
): Promise<Registration> {
  requireAllowed(context.policies, caller, 'confirm_registration');
  const { enterpriseId } = await findEnterprise(tx, code);
  await lockRegistration(tx, enterpriseId);
  const before = await readRegistration(tx, enterpriseId);
  if (before?.state !== 'mismatch' || !/^[0-9a-f]{64}$/.test(documentDigest))
    throw voluntaryRefusal('voluntary.not_at_window');
  const { mismatched } = before;
  return await writeState(tx, context, {
    enterpriseId,
    state: 'at_window',
    mismatched,
    documentDigest,
    by: caller.id,
  });
}

export async function confirmAtWindow(
  tx: Tx,
  context: VoluntaryContext,
  { caller, code }: { caller: Caller; code: string },
): Promise<Registration> {
  const { enterpriseId } = await findEnterprise(tx, code);
  await lockRegistration(tx, enterpriseId);
  const [entered] = await tx.rows<{ made_by: string; document_digest: string }>(
    `select made_by, document_digest from rights.registrations
     where enterprise_id = $1 and known_to = 'infinity' and state = 'at_window'`,
    [enterpriseId],
  );
  const earlierPersons = entered === undefined ? [] : [entered.made_by];
  requireAllowed(context.policies, caller, 'confirm_registration', { earlierPersons });
  if (entered === undefined) throw voluntaryRefusal('voluntary.not_at_window');
  const documentDigest = entered.document_digest;
  return await writeState(tx, context, {
    enterpriseId,
    state: 'registered',
    mismatched: [],
    documentDigest,
    by: caller.id,
  });
}

async function lockRegistration(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [REGISTRATION_LOCK, enterpriseId]);
}

const REGISTRATION_LOCK = 7_241_057;

async function requireFewMismatches(
  tx: Tx,
  { clock }: VoluntaryContext,
  enterpriseId: EnterpriseId,
): Promise<void> {
  const [row] = await tx.rows<{ n: number }>(
    `select count(*)::integer as n from rights.registrations
     where enterprise_id = $1 and state = 'mismatch' and known_from >= $2`,
    [enterpriseId, beginningOfBeijingDate(beijingDate(clock.now()))],
  );
  const max = VOLUNTARY_LIMITS.mismatchesPerDayMax;
  if ((row?.n ?? 0) >= max) throw voluntaryRefusal('voluntary.too_many_mismatches', { max });
}

type Compared = { caller: Caller; enterpriseId: EnterpriseId; given: Given };

async function findMismatches(
  tx: Tx,
  context: VoluntaryContext,
  { caller, enterpriseId, given }: Compared,
): Promise<RegisteredFact[]> {
  const { name } = await readEnterprise(tx, enterpriseId);
  const isSame: Record<RegisteredFact, boolean> = {
    code: (await findByCode(tx, given.code)) === enterpriseId,
    name: folded(name) === folded(given.name),
    representative: (await readRepresentatives(tx, context, { caller, enterpriseId })).includes(
      folded(given.representative),
    ),
  };
  return REGISTERED_FACTS.filter((fact) => !isSame[fact]);
}

/** A code that nobody has is not its own either. */
async function findByCode(tx: Tx, code: string): Promise<EnterpriseId | undefined> {
  try {
    return (await findEnterprise(tx, code)).enterpriseId;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const REPRESENTATIVE = 'legal_representative';

/** As the registering departments have it, read by the enterprise of itself; none where no register names one. */
async function readRepresentatives(
  tx: Tx,
  context: VoluntaryContext,
  { caller, enterpriseId }: Omit<Compared, 'given'>,
): Promise<string[]> {
  const contracts = [...context.catalogue.contracts.values()].filter(
    ({ registers, fields }) => registers === true && fields.some(({ name }) => name === REPRESENTATIVE),
  );
  const knownAt = await readKnownAt(
    tx,
    contracts.map(({ id }) => id),
  );
  const subject = enterpriseId;
  const permit = decide(tx, context.policies, {
    caller,
    purpose: 'self',
    subject,
    contracts,
    asOf: { knownAt },
  });
  const rows = await selectOwn<{ name: string }>(tx, permit, {
    contracts: contracts.map((contract) => ({ contract, fields: [REPRESENTATIVE] })),
    statement: (relations) => ({
      name: 'rights.representatives',
      text: relations
        .map(
          (relation) =>
            `select r.${REPRESENTATIVE} as name from ${relation} r where r.${REPRESENTATIVE} is not null`,
        )
        .join(' union '),
      values: [],
    }),
  });
  return rows.map(({ name }) => folded(name));
}

/** Width, brackets and blanks are no difference between names. */
export function folded(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s·•]/gu, '')
    .toUpperCase();
}

type NewState = Omit<Registration, 'at'> & {
  readonly enterpriseId: EnterpriseId;
  readonly documentDigest?: string;
  readonly by: string;
};

async function writeState(tx: Tx, { clock, keys }: VoluntaryContext, next: NewState): Promise<Registration> {
  const { enterpriseId, state, mismatched, documentDigest, by } = next;
  const at = clock.now();
  await tx.rows(
    `with ended as (
       update rights.registrations set known_to = greatest($5, known_from)
       where enterprise_id = $1 and known_to = 'infinity' returning version_no)
     insert into rights.registrations (enterprise_id, version_no, state, mismatched, document_digest, made_by, known_from)
     select $1, coalesce((select version_no from ended), 0) + 1, $2, $3, $4, $6, $5`,
    [enterpriseId, state, mismatched, documentDigest ?? null, at, by],
  );
  const body = { act: 'voluntary_registration', state, mismatched, document: documentDigest ?? null, by };
  await recordLeaf(tx, keys, { kind: 'administrative_act', at, subject: enterpriseId, body });
  return { state, mismatched, at };
}
