import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { inTransaction, proofMaker, Refusal, toEnterpriseId, type Tx } from '#kernel';
import {
  type Act,
  ADMISSION_STATES,
  type AdmissionFacts,
  type CallerFacts,
  type Consent,
  CONSENT_STATES,
  type ConsentFacts,
  type ContractFacts,
  decide,
  explainDecision,
  FINANCING_PURPOSES,
  type FinancingPurpose,
  INSTITUTION_TYPES,
  type InstitutionType,
  keepPolicies,
  loadPolicies,
  openKeptPolicies,
  type PermitRequest,
} from '#security';
import { cloneDatabase } from '../support/database.ts';
import { openTestKeys } from '../support/keys.ts';

const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const proveAdmission = proofMaker<'Admission', AdmissionFacts>('Admission');
const proveConsent = proofMaker<'Consent', ConsentFacts>('Consent');

const policies = loadPolicies([join(import.meta.dirname, '../../policies')]);
const SUBJECT = toEnterpriseId(1001);
const asOf = { knownAt: new Date('2026-03-01T00:00:00Z') };
const bank = proveCaller({
  id: 'client:bank',
  kind: 'institution',
  roles: ['machine'],
  organisation: null,
  participantId: 'ptc_bank',
  enterpriseId: null,
});
const platform = proveCaller({
  ...bank,
  id: 'client:platform',
  kind: 'platform',
  participantId: 'ptc_platform',
});
const CONTRACT: ContractFacts = Object.freeze({
  id: 'n02_tax',
  list: 'national',
  hash: 'aa',
  provider: '市税务局',
  fields: Object.freeze(
    (['public', 'authorised', 'invisible', 'secret'] as const).map((disclosure) =>
      Object.freeze({ name: `f_${disclosure}`, disclosure, grade: 'general' }),
    ),
  ),
});
const SCOPE = new Map([['n02_tax', new Set(['f_authorised', 'f_invisible', 'f_secret'])]]);
const NOTHING = new Map<string, Set<string>>();

const ADMITTED: AdmissionFacts = {
  institutionId: 'ptc_bank',
  institutionType: 'bank',
  institutionState: 'admitted',
  branchId: 'ptc_branch',
  operator: '柜员 7',
  platformId: null,
  platformState: 'none',
  hasAgreement: true,
};
const CONSENTED: ConsentFacts = {
  consentId: 'cns_1',
  enterpriseId: SUBJECT,
  givenAs: SUBJECT,
  state: 'active',
  purpose: 'loan_origination',
  institutionId: 'ptc_bank',
  branchId: null,
  platforms: ['ptc_platform'],
  scope: SCOPE,
  verifyScope: NOTHING,
  computeScope: NOTHING,
  dataFrom: null,
  dataTo: null,
  termsDigest: 'bb',
};
const VIA = { platformId: 'ptc_platform', platformState: 'admitted' } as const;

type Asked = {
  readonly purpose?: FinancingPurpose;
  readonly admission?: Partial<AdmissionFacts>;
  readonly consent?: Partial<ConsentFacts> | 'none';
};

function requestOf({ purpose = 'loan_origination', admission = {}, consent = {} }: Asked): PermitRequest {
  const facts = { ...ADMITTED, ...admission };
  const proof: Consent | undefined =
    consent === 'none' ? undefined : proveConsent({ ...CONSENTED, ...consent });
  return {
    caller: facts.platformId === null ? bank : platform,
    purpose,
    subject: SUBJECT,
    contracts: [CONTRACT],
    asOf,
    financing: { admission: proveAdmission(facts), consent: proof },
  };
}

/** public, authorised, invisible, secret: W shown whole, V only compared, - neither; or the ground of the refusal. */
function answerTo(tx: Tx, asked: Asked): string {
  try {
    const permit = decide(tx, policies, requestOf(asked));
    const shown = new Map(permit.fields(CONTRACT.id).map(({ name, masked }) => [name, masked ? 'M' : 'W']));
    const verifiable = new Set(permit.verifiable(CONTRACT.id));
    return CONTRACT.fields.map(({ name }) => shown.get(name) ?? (verifiable.has(name) ? 'V' : '-')).join('');
  } catch (error) {
    if (error instanceof Refusal) return error.code.replace('policy.', '');
    throw error;
  }
}

const database = await cloneDatabase({ after: after as TestContext['after'] });
const within = <Result>(work: (tx: Tx) => Result | Promise<Result>): Promise<Result> =>
  inTransaction(database, async (tx) => work(tx));

const PURPOSES_OF: Record<InstitutionType, readonly FinancingPurpose[]> = {
  bank: ['loan_origination', 'post_loan_management', 'credit_evaluation'],
  insurer: ['insurance_underwriting', 'post_loan_management'],
  guarantor: ['guarantee_underwriting', 'post_loan_management'],
  credit_service: ['credit_evaluation'],
};

/** What the order of the grounds comes to, said once more without the policies. */
function expectedOf(purpose: FinancingPurpose, facts: AdmissionFacts, consent: ConsentFacts): string {
  const isLive = (state: string): boolean => state === 'trial' || state === 'admitted';
  if (facts.platformId !== null && !isLive(facts.platformState)) return 'platform_not_admitted';
  if (!facts.hasAgreement) return 'platform_without_agreement';
  if (facts.institutionState === 'suspended') return 'institution_suspended';
  if (facts.institutionState === 'expired') return 'institution_expired';
  if (!isLive(facts.institutionState)) return 'institution_not_admitted';
  if (!PURPOSES_OF[facts.institutionType].includes(purpose)) return 'purpose_of_institution';
  if (consent.state === 'none') return 'consent_missing';
  if (consent.state !== 'active') return `consent_${consent.state}`;
  return 'WWV-';
}

/** Of each purpose one type of institution that has it, so that the other facts are what is looked at. */
const TYPE_OF: Record<FinancingPurpose, InstitutionType> = {
  loan_origination: 'bank',
  post_loan_management: 'bank',
  credit_evaluation: 'credit_service',
  guarantee_underwriting: 'guarantor',
  insurance_underwriting: 'insurer',
};
const ROUTES: readonly Partial<AdmissionFacts>[] = [
  {},
  { ...VIA, hasAgreement: false },
  ...ADMISSION_STATES.map((platformState) => ({ ...VIA, platformState })),
];

test('every purpose, consent state, admission state and route has the answer of the order of the grounds', async () => {
  const table = FINANCING_PURPOSES.flatMap((purpose) =>
    ADMISSION_STATES.flatMap((institutionState) =>
      CONSENT_STATES.flatMap((state) =>
        ROUTES.map((route) => ({
          purpose,
          admission: { institutionType: TYPE_OF[purpose], institutionState, ...route },
          consent: { state, purpose },
        })),
      ),
    ),
  );
  assert.equal(table.length, 5 * 6 * 8 * 8);
  await within((tx) => {
    for (const asked of table) requireExpected(tx, asked);
  });
});

test('every type of institution has its purposes and no other', async () => {
  await within((tx) => {
    for (const purpose of FINANCING_PURPOSES)
      for (const institutionType of INSTITUTION_TYPES)
        requireExpected(tx, { purpose, admission: { institutionType }, consent: { purpose } });
  });
});

function requireExpected(
  tx: Tx,
  asked: { purpose: FinancingPurpose; admission: Partial<AdmissionFacts>; consent: Partial<ConsentFacts> },
): void {
  const { purpose, admission, consent } = asked;
  const wanted = expectedOf(purpose, { ...ADMITTED, ...admission }, { ...CONSENTED, ...consent });
  assert.equal(answerTo(tx, asked), wanted, JSON.stringify(asked));
}

const CASES: readonly [string, Asked, string][] = [
  ['no consent named', { consent: 'none' }, 'consent_missing'],
  ['of another enterprise', { consent: { enterpriseId: toEnterpriseId(2) } }, 'consent_missing'],
  ['of another institution', { consent: { institutionId: 'ptc_other' } }, 'consent_missing'],
  [
    'of another institution, revoked: which of both is not said',
    { consent: { institutionId: 'ptc_other', state: 'revoked' } },
    'consent_missing',
  ],
  ['of another branch', { consent: { branchId: 'ptc_elsewhere' } }, 'consent_missing'],
  ['of this branch', { consent: { branchId: 'ptc_branch' } }, 'WWV-'],
  ['for another purpose', { consent: { purpose: 'post_loan_management' } }, 'consent_for_other_purpose'],
  [
    'through a platform it does not name',
    { admission: VIA, consent: { platforms: [] } },
    'consent_not_through_platform',
  ],
  ['through a platform it names', { admission: VIA }, 'WWV-'],
  ['covers nothing of it', { consent: { scope: new Map() } }, 'W---'],
  [
    'that covers a field for comparing alone, whatever its class is now',
    { consent: { scope: NOTHING, verifyScope: SCOPE } },
    'WVV-',
  ],
  ['covers one field', { consent: { scope: new Map([['n02_tax', new Set(['f_invisible'])]]) } }, 'W-V-'],
];

for (const [name, asked, wanted] of CASES) {
  test(`a consent ${name}: ${wanted}`, async () => {
    assert.equal(await within((tx) => answerTo(tx, asked)), wanted);
  });
}

test('an institution reads for nothing but financing and the public report, and only with its proofs', async () => {
  await within((tx) => {
    const { financing, ...bare } = requestOf({});
    const codeOf = (request: PermitRequest): string => {
      try {
        return `${decide(tx, policies, request).fields(CONTRACT.id).length}`;
      } catch (error) {
        if (error instanceof Refusal) return error.code;
        throw error;
      }
    };
    assert.equal(codeOf(bare), 'policy.financing_by_institutions');
    assert.equal(codeOf({ ...bare, purpose: 'operate' }), 'policy.operation_by_its_holders');
    assert.equal(codeOf({ ...bare, purpose: 'public_report' }), '1');
    assert(financing !== undefined);
    const forged = { ...financing, admission: { ...ADMITTED } as (typeof financing)['admission'] };
    assert.throws(() => decide(tx, policies, { ...bare, financing: forged }), /not a proof of Admission/);
  });
});

test('a source is asked for what may be read or compared, and only through a live Permit', async () => {
  const kept = await within((tx) => {
    const permit = decide(tx, policies, requestOf({}));
    const order = permit.orderFromSources(['n02_tax', 'n03_other'], new Date('2026-03-01T00:00:05Z'));
    assert.deepEqual([...order.fields('n02_tax')].sort(), ['f_authorised', 'f_invisible', 'f_public']);
    assert.deepEqual(order.fields('n03_other'), []);
    return permit;
  });
  assert.throws(() => kept.orderFromSources(['n02_tax'], new Date()), /died with its transaction/);
});

test('a decision is made again from what is kept of it, under the policies of its day', async (t) => {
  const keys = openTestKeys(t);
  await within(async (tx) => {
    await keepPolicies(tx, keys, { policies, at: asOf.knownAt });
    await keepPolicies(tx, keys, { policies, at: asOf.knownAt });
    const permit = decide(tx, policies, requestOf({}));
    const facts = JSON.parse(JSON.stringify(permit.decision)) as typeof permit.decision;
    assert.doesNotMatch(JSON.stringify(facts), /ptc_|cns_|1001|柜员/, 'facts carry no ids');
    const kept = await openKeptPolicies(tx, facts.policyHash);
    assert.equal(kept.hash, policies.hash);
    const [explained] = explainDecision(kept, facts, [CONTRACT]);
    assert.deepEqual(
      explained?.fields.map(({ name, shown, verifiable, ground }) => [name, shown, verifiable, ground]),
      [
        ['f_public', 'whole', true, undefined],
        ['f_authorised', 'whole', true, undefined],
        ['f_invisible', 'never', true, 'invisible_never_shown'],
        ['f_secret', 'never', false, 'secret_not_shared'],
      ],
    );
    await assert.rejects(openKeptPolicies(tx, '0'.repeat(64)), Refusal);
  });
});

/** `allowed`, the ground, or `nobody` for a caller whom nothing permits. */
function askedBy(caller: Pick<CallerFacts, 'kind' | 'roles'>, facts: Partial<AdmissionFacts>): string {
  const admission = { ...ADMITTED, ...facts };
  const { isAllowed, ground } = policies.ask({
    ...caller,
    action: 'request_consent',
    resource: { type: 'Matter' },
    context: {
      purpose: 'loan_origination',
      ownRecord: false,
      ownContract: false,
      population: false,
      financing: {
        institutionType: admission.institutionType,
        institution: admission.institutionState,
        viaPlatform: admission.platformId !== null,
        platform: admission.platformState,
        agreement: admission.hasAgreement,
        consent: 'none',
        consentParty: false,
        consentPurpose: false,
        consentRoute: false,
        inScope: false,
      },
    },
  });
  return isAllowed ? 'allowed' : (ground ?? 'nobody');
}

test('an enterprise is asked only where every admission is in force and the agreement is signed', () => {
  const isLive = (state: string): boolean => state === 'trial' || state === 'admitted';
  for (const institutionState of ADMISSION_STATES)
    for (const route of ROUTES) {
      const facts = { ...ADMITTED, institutionState, ...route };
      const isRoute = facts.platformId === null || (isLive(facts.platformState) && facts.hasAgreement);
      const wanted = isLive(institutionState) && isRoute ? 'allowed' : 'asker_not_admitted';
      const machine = {
        kind: facts.platformId === null ? 'institution' : 'platform',
        roles: ['machine'],
      } as const;
      assert.equal(askedBy(machine, facts), wanted, JSON.stringify(facts));
    }
});

test('programs and inquirers ask, and nobody else does', () => {
  const askers = [
    ['institution', 'machine', 'allowed'],
    ['institution', 'inquirer', 'allowed'],
    ['platform', 'machine', 'allowed'],
    ['institution', 'clerk', 'nobody'],
    ['institution', 'reporter', 'nobody'],
    ['operator', 'data_admin', 'nobody'],
    ['operator', 'audit_admin', 'audit_watches_only'],
    ['enterprise', 'legal_representative', 'nobody'],
  ] as const;
  for (const [kind, role, wanted] of askers)
    assert.equal(askedBy({ kind, roles: [role] }, {}), wanted, `${kind} ${role}`);
});

test('the data administrator alone settles what channels say and merges enterprises, the latter with a second person', () => {
  const acting = { ownProvider: false, samePerson: false, ownParticipant: false, ownEnterprise: false };
  const askAct = (act: string, role: string, samePerson = false): string => {
    const { isAllowed, ground } = policies.ask({
      kind: 'operator',
      roles: [role],
      action: act as Act,
      resource: { type: 'Matter' },
      context: { ...acting, samePerson },
    });
    return isAllowed ? 'allowed' : (ground ?? 'nobody');
  };
  for (const act of ['settle_outcome_conflict', 'merge_enterprises']) {
    assert.equal(askAct(act, 'data_admin'), 'allowed');
    assert.equal(askAct(act, 'audit_admin'), 'audit_watches_only');
    for (const role of ['system_admin', 'security_admin', 'admission_officer'])
      assert.equal(askAct(act, role), 'nobody', `${act} by ${role}`);
  }
  assert.equal(askAct('merge_enterprises', 'data_admin', true), 'two_persons');
  assert.equal(askAct('settle_outcome_conflict', 'data_admin', true), 'allowed');
});

test('at an institution only those whose work it is read under its consent', async () => {
  await within((tx) => {
    const asOfRole = (role: string): string => {
      const caller = proveCaller({ ...bank, id: `acc_${role}`, roles: [role] });
      try {
        return decide(tx, policies, { ...requestOf({}), caller })
          .fields(CONTRACT.id)
          .map(({ name }) => name)
          .join();
      } catch (error) {
        return (error as Refusal).code;
      }
    };
    for (const role of ['machine', 'inquirer', 'risk_officer'])
      assert.equal(asOfRole(role), 'f_public,f_authorised', role);
    for (const role of ['clerk', 'compliance', 'reporter', 'institution_admin', 'modeller'])
      assert.equal(asOfRole(role), 'policy.role_without_reading', role);
  });
});
