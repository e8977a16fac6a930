import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { inTransaction, proofMaker, Refusal, toEnterpriseId, type Tx } from '#kernel';
import {
  type Act,
  type Caller,
  type CallerFacts,
  type ContractFacts,
  decide,
  decidePopulation,
  isFinancingPurpose,
  loadPolicies,
  type Permit,
  type PermittedField,
  type Purpose,
  PURPOSES,
  requireAllowed,
} from '#security';
import { cloneDatabase } from '../support/database.ts';

const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');
const policies = loadPolicies([join(import.meta.dirname, '../../policies')]);
const SUBJECT = toEnterpriseId(1001);
const asOf = { knownAt: new Date('2026-03-01T00:00:00Z') };

function caller(facts: Partial<CallerFacts>): Caller {
  return proveCaller({
    id: 'acc_1',
    kind: 'reader',
    roles: [],
    organisation: null,
    participantId: null,
    enterpriseId: null,
    ...facts,
  });
}

const CALLERS = {
  reader: caller({}),
  enterprise: caller({ kind: 'enterprise', enterpriseId: SUBJECT }),
  otherEnterprise: caller({ kind: 'enterprise', enterpriseId: toEnterpriseId(1002) }),
  provider: caller({ kind: 'provider', roles: ['deliverer', 'confirmer'], organisation: '市税务局' }),
  otherProvider: caller({ kind: 'provider', roles: ['deliverer', 'confirmer'], organisation: '市医保局' }),
  dataAdmin: caller({ kind: 'operator', roles: ['data_admin'] }),
  auditAdmin: caller({ kind: 'operator', roles: ['audit_admin'] }),
  systemAdmin: caller({ kind: 'operator', roles: ['system_admin'] }),
  securityAdmin: caller({ kind: 'operator', roles: ['security_admin'] }),
  twoAdmins: caller({ kind: 'operator', roles: ['data_admin', 'system_admin', 'audit_admin'] }),
  admissionOfficer: caller({ kind: 'operator', roles: ['admission_officer'] }),
  unknownRole: caller({ kind: 'operator', roles: ['emperor'] }),
  system: caller({ kind: 'system' }),
} as const;
/** They read for financing alone, which has tables of its own; here they are for the acts. */
const PARTICIPANTS = {
  bankMachine: caller({ kind: 'institution', roles: ['machine'], participantId: 'ptc_bank' }),
  platformMachine: caller({ kind: 'platform', roles: ['machine'], participantId: 'ptc_platform' }),
  institutionAdmin: caller({ kind: 'institution', roles: ['institution_admin'], participantId: 'ptc_bank' }),
  otherAdmin: caller({ kind: 'institution', roles: ['institution_admin'], participantId: 'ptc_other' }),
  clerk: caller({ kind: 'institution', roles: ['clerk'], participantId: 'ptc_bank' }),
  otherClerk: caller({ kind: 'institution', roles: ['clerk'], participantId: 'ptc_other' }),
  representative: caller({ kind: 'enterprise', roles: ['legal_representative'], enterpriseId: SUBJECT }),
  otherRepresentative: caller({
    kind: 'enterprise',
    roles: ['legal_representative'],
    enterpriseId: toEnterpriseId(1002),
  }),
  regulator: caller({ kind: 'regulator', roles: ['supervisor'], participantId: 'ptc_regulator' }),
  windowClerk: caller({ kind: 'operator', roles: ['window_clerk'] }),
} as const;
const ACTORS = { ...CALLERS, ...PARTICIPANTS };
type Name = keyof typeof CALLERS;
type Actor = keyof typeof ACTORS;

const CONTRACT: ContractFacts = Object.freeze({
  id: 'n02_tax',
  list: 'national',
  provider: '市税务局',
  fields: Object.freeze(
    (['public', 'authorised', 'invisible', 'secret'] as const).map((disclosure) =>
      Object.freeze({ name: `f_${disclosure}`, disclosure, grade: 'general' }),
    ),
  ),
});

/** public, authorised, invisible, secret: W whole, M masked, - denied; or the ground of the refusal. */
const READS: Partial<Record<Purpose, Partial<Record<Name, string>>>> = {
  public_report: {
    reader: 'W---',
    enterprise: 'W---',
    otherEnterprise: 'W---',
    provider: 'W---',
    otherProvider: 'W---',
    dataAdmin: 'W---',
    auditAdmin: 'W---',
    systemAdmin: 'W---',
    securityAdmin: 'W---',
    twoAdmins: 'policy.separation_of_duties',
    admissionOfficer: 'W---',
    unknownRole: 'W---',
    system: 'W---',
  },
  self: {
    reader: 'policy.own_record_only',
    enterprise: 'WWWM',
    otherEnterprise: 'policy.own_record_only',
    provider: 'policy.own_record_only',
    otherProvider: 'policy.own_record_only',
    dataAdmin: 'policy.own_record_only',
    auditAdmin: 'policy.own_record_only',
    systemAdmin: 'policy.own_record_only',
    securityAdmin: 'policy.own_record_only',
    twoAdmins: 'policy.separation_of_duties',
    admissionOfficer: 'policy.own_record_only',
    unknownRole: 'policy.own_record_only',
    system: 'policy.own_record_only',
  },
  operate: {
    reader: 'policy.operation_by_its_holders',
    enterprise: 'policy.operation_by_its_holders',
    otherEnterprise: 'policy.operation_by_its_holders',
    provider: 'policy.operation_by_its_holders',
    otherProvider: 'policy.operation_by_its_holders',
    dataAdmin: 'WWWM',
    auditAdmin: 'policy.operation_by_its_holders',
    systemAdmin: 'policy.operation_by_its_holders',
    securityAdmin: 'policy.operation_by_its_holders',
    twoAdmins: 'policy.separation_of_duties',
    admissionOfficer: 'policy.operation_by_its_holders',
    unknownRole: 'policy.operation_by_its_holders',
    system: 'WWWM',
  },
  quality: {
    reader: 'policy.quality_by_its_holders',
    enterprise: 'policy.quality_by_its_holders',
    otherEnterprise: 'policy.quality_by_its_holders',
    provider: 'WWWM',
    otherProvider: 'policy.quality_of_own_contracts',
    dataAdmin: 'policy.quality_by_its_holders',
    auditAdmin: 'policy.quality_by_its_holders',
    systemAdmin: 'policy.quality_by_its_holders',
    securityAdmin: 'policy.quality_by_its_holders',
    twoAdmins: 'policy.separation_of_duties',
    admissionOfficer: 'policy.quality_by_its_holders',
    unknownRole: 'policy.quality_by_its_holders',
    system: 'policy.quality_by_its_holders',
  },
  evaluation: {
    reader: 'policy.evaluation_by_its_holders',
    enterprise: 'policy.evaluation_by_its_holders',
    otherEnterprise: 'policy.evaluation_by_its_holders',
    provider: 'policy.evaluation_by_its_holders',
    otherProvider: 'policy.evaluation_by_its_holders',
    dataAdmin: 'W---',
    auditAdmin: 'policy.evaluation_by_its_holders',
    systemAdmin: 'policy.evaluation_by_its_holders',
    securityAdmin: 'policy.evaluation_by_its_holders',
    twoAdmins: 'policy.separation_of_duties',
    admissionOfficer: 'policy.evaluation_by_its_holders',
    unknownRole: 'policy.evaluation_by_its_holders',
    system: 'W---',
  },
  monitoring: {
    reader: 'policy.monitoring_by_its_holders',
    enterprise: 'policy.monitoring_by_its_holders',
    otherEnterprise: 'policy.monitoring_by_its_holders',
    provider: 'policy.monitoring_by_its_holders',
    otherProvider: 'policy.monitoring_by_its_holders',
    dataAdmin: 'W---',
    auditAdmin: 'policy.monitoring_by_its_holders',
    systemAdmin: 'policy.monitoring_by_its_holders',
    securityAdmin: 'policy.monitoring_by_its_holders',
    twoAdmins: 'policy.separation_of_duties',
    admissionOfficer: 'policy.monitoring_by_its_holders',
    unknownRole: 'policy.monitoring_by_its_holders',
    system: 'W---',
  },
};

const POPULATION_READS: Partial<Record<`${Purpose} ${Name}`, string>> = {
  'quality dataAdmin': 'WWW-',
  'quality system': 'WWW-',
  'quality provider': 'WWW-',
  'quality otherProvider': 'policy.quality_of_own_contracts',
  'quality reader': 'policy.quality_by_its_holders',
  'evaluation system': 'W---',
  'evaluation dataAdmin': 'W---',
  'monitoring system': 'W---',
  'monitoring dataAdmin': 'W---',
  'operate dataAdmin': 'WWW-',
  'operate system': 'WWW-',
  'operate provider': 'policy.operation_by_its_holders',
  'public_report reader': 'policy.population_for_duties_only',
  'public_report system': 'policy.population_for_duties_only',
  'self enterprise': 'policy.own_record_only',
};

const ACTS_ALLOWED: Record<Act, readonly Actor[]> = {
  deliver: ['provider', 'dataAdmin', 'system'],
  retry_delivery: ['provider', 'dataAdmin', 'system'],
  review_register: ['dataAdmin'],
  propose_contract: ['provider', 'dataAdmin'],
  comment_contract: [
    ...(['provider', 'otherProvider', 'dataAdmin', 'systemAdmin', 'securityAdmin'] as const),
    ...(['admissionOfficer', 'windowClerk', 'unknownRole'] as const),
  ],
  confirm_contract: ['provider'],
  publish_contract: ['dataAdmin', 'system'],
  change_class: ['dataAdmin', 'securityAdmin'],
  contest_quality: ['provider'],
  decide_quality_contest: ['dataAdmin'],
  close_ticket: ['dataAdmin', 'system'],
  back_up: ['systemAdmin', 'system'],
  manage_accounts: ['securityAdmin', 'system'],
  rotate_keys: ['securityAdmin'],
  admit_participant: ['admissionOfficer', 'system'],
  manage_clients: ['securityAdmin', 'institutionAdmin', 'system'],
  change_capacity: ['systemAdmin'],
  explain_decision: ['auditAdmin', 'securityAdmin'],
  request_consent: ['bankMachine', 'platformMachine'],
  answer_consent: ['enterprise', 'representative'],
  enter_paper_consent: ['clerk'],
  confirm_paper_consent: ['clerk'],
  manage_mandates: ['representative'],
  report_outcome: ['bankMachine', 'platformMachine'],
  settle_outcome_conflict: ['dataAdmin'],
  merge_enterprises: ['dataAdmin'],
  host_model: ['bankMachine'],
  propose_model: ['dataAdmin'],
  approve_model: ['dataAdmin'],
  retire_model: ['dataAdmin', 'securityAdmin'],
  propose_whitelist: ['dataAdmin'],
  publish_whitelist: ['dataAdmin'],
  review_whitelist: ['dataAdmin'],
  push_whitelist: ['dataAdmin'],
  leave_whitelist: ['enterprise', 'representative'],
  decline_record: ['enterprise', 'representative'],
  receive_whitelist: ['bankMachine', 'platformMachine'],
  compile_returns: ['dataAdmin', 'system'],
  read_returns: [
    ...(['provider', 'otherProvider', 'dataAdmin', 'auditAdmin', 'bankMachine', 'platformMachine'] as const),
    ...(['institutionAdmin', 'otherAdmin', 'clerk', 'otherClerk', 'regulator'] as const),
  ],
  drill_returns: ['dataAdmin', 'auditAdmin', 'bankMachine', 'institutionAdmin'],
  read_unused: ['dataAdmin', 'auditAdmin', 'institutionAdmin', 'regulator'],
  read_department_sheet: ['provider', 'dataAdmin', 'auditAdmin', 'regulator'],
  hand_in_return: ['bankMachine'],
  acknowledge_return: ['provider', 'dataAdmin'],
  give_back: ['bankMachine'],
  see_watches: ['dataAdmin', 'auditAdmin', 'regulator'],
  receive_alert: ['bankMachine', 'platformMachine', 'clerk', 'otherClerk'],
  handle_alert: ['clerk', 'otherClerk'],
  answer_alert: ['enterprise', 'representative'],
  recall_alert: ['dataAdmin', 'system'],
  oversee_alerts: ['dataAdmin'],
  propose_rule: ['dataAdmin'],
  approve_rule: ['dataAdmin'],
  retire_rule: ['dataAdmin'],
  manage_endpoint: ['institutionAdmin'],
  operate_endpoint: ['systemAdmin'],
  receive_messages: ['bankMachine', 'platformMachine', 'institutionAdmin', 'otherAdmin'],
  export_everything: ['enterprise', 'representative'],
  see_terms: ['provider', 'bankMachine', 'institutionAdmin', 'clerk', 'dataAdmin', 'auditAdmin'],
  propose_profile: ['dataAdmin'],
  switch_profile: ['dataAdmin'],
  register_enterprise: ['enterprise', 'representative'],
  sign_pledge: ['enterprise', 'representative'],
  keep_items: ['enterprise', 'representative'],
  file_item: ['enterprise', 'representative', 'provider'],
  confirm_item: ['provider', 'bankMachine'],
  confirm_registration: ['dataAdmin'],
  record_breach: ['dataAdmin'],
  follow_items: ['system'],
  object: ['enterprise', 'representative'],
  check_objection: ['dataAdmin', 'system'],
  decide_objection: ['provider', 'dataAdmin'],
  review_objection: ['provider', 'dataAdmin'],
  apply_repair: ['enterprise', 'representative'],
  accept_repair: ['dataAdmin'],
  decide_repair: ['provider'],
  annul_record: ['provider', 'dataAdmin'],
  shield_enterprise: ['dataAdmin', 'system'],
  hand_in_repair: ['provider'],
  follow_repairs: ['system'],
  recall_disclosures: ['system'],
  see_recalls: ['bankMachine', 'institutionAdmin', 'clerk', 'dataAdmin'],
  acknowledge_recall: ['bankMachine', 'institutionAdmin', 'clerk', 'dataAdmin'],
  oversee_recalls: ['dataAdmin', 'auditAdmin'],
  see_retention: ['dataAdmin', 'auditAdmin'],
  remove_expired: ['dataAdmin', 'system'],
  propose_hold: ['dataAdmin'],
  approve_hold: ['dataAdmin'],
  file_complaint: ['enterprise', 'representative'],
  handle_complaint: ['dataAdmin'],
  handle_own_complaint: ['auditAdmin'],
  state_on_complaint: ['provider', 'institutionAdmin', 'dataAdmin'],
  oversee_complaints: ['dataAdmin', 'auditAdmin', 'regulator'],
  decide_complaint: ['regulator'],
  follow_complaints: ['system'],
  enter_person: ['dataAdmin', 'windowClerk'],
  confirm_person: ['dataAdmin', 'windowClerk'],
  act_as_person: ['reader', 'enterprise', 'otherEnterprise', 'representative', 'otherRepresentative'],
  decide_person_request: ['dataAdmin', 'provider', 'institutionAdmin'],
  follow_persons: ['system'],
  enter_at_window: ['windowClerk'],
  check_at_window: ['windowClerk'],
  oversee_window: ['dataAdmin', 'auditAdmin'],
  see_processing: ['dataAdmin', 'securityAdmin', 'auditAdmin'],
  fill_assessment: ['dataAdmin', 'securityAdmin'],
  approve_assessment: ['securityAdmin'],
  see_incidents: ['securityAdmin', 'auditAdmin'],
  handle_incident: ['securityAdmin'],
  confirm_incident: ['securityAdmin'],
  acknowledge_incident: ['enterprise', 'representative'],
};

/** Whose matter it is in the table of acts. */
const MATTER = { provider: '市税务局', participant: 'ptc_bank', enterprise: SUBJECT };

/** What a caller gets, in the letters of the tables above. */
function read(make: () => { fields(contract: string): readonly PermittedField[] }): string {
  try {
    const fields = make().fields(CONTRACT.id);
    const letter = (name: string): string => {
      const field = fields.find((one) => one.name === name);
      return field === undefined ? '-' : field.masked ? 'M' : 'W';
    };
    return CONTRACT.fields.map(({ name }) => letter(name)).join('');
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

const database = await cloneDatabase({ after: after as TestContext['after'] });
const within = <Result>(work: (tx: Tx) => Result): Promise<Result> =>
  inTransaction(database, async (tx) => work(tx));
const request = (name: Name, purpose: Purpose) =>
  ({ caller: CALLERS[name], purpose, subject: SUBJECT, contracts: [CONTRACT], asOf }) as const;

test('each kind of caller reads for each purpose what the table says, the first time and remembered', async () => {
  await within((tx) => {
    for (const purpose of PURPOSES) {
      for (const name of Object.keys(CALLERS) as Name[]) {
        const nobody =
          name === 'twoAdmins' ? 'policy.separation_of_duties' : 'policy.financing_by_institutions';
        const wanted = isFinancingPurpose(purpose) ? nobody : READS[purpose]?.[name];
        for (const time of ['first', 'second']) {
          const got = read(() => decide(tx, policies, request(name, purpose)));
          assert.equal(got, wanted, `${purpose} by ${name}, ${time} time`);
        }
      }
    }
  });
});

test('a population is read for quality, operation and evaluation only, and never with identifiers of third persons', async () => {
  await within((tx) => {
    for (const [key, wanted] of Object.entries(POPULATION_READS)) {
      const [purpose, name] = key.split(' ') as [Purpose, Name];
      const run = { ...request(name, purpose), population: { kind: 'all' }, runId: 'run_1' } as const;
      assert.equal(
        read(() => decidePopulation(tx, policies, run)),
        wanted,
        key,
      );
    }
  });
});

/** The code of the refusal, every one of which names its clause. */
function codeOf(work: () => unknown): string {
  try {
    work();
    return 'allowed';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    assert.match(error.text.clause, /^[0-9]+$/);
    return error.code;
  }
}

test('each act is allowed to its holders and to nobody else', () => {
  for (const [act, holders] of Object.entries(ACTS_ALLOWED) as [Act, readonly Actor[]][]) {
    for (const name of Object.keys(ACTORS) as Actor[]) {
      const code = codeOf(() => requireAllowed(policies, ACTORS[name], act, MATTER));
      const isAllowed = code === 'allowed';
      assert.equal(isAllowed, holders.includes(name), `${act} by ${name}`);
    }
  }
});

test('a refused act names the clause and the remedy', () => {
  const earlierPersons = [CALLERS.dataAdmin.id];
  assert.equal(
    codeOf(() => requireAllowed(policies, CALLERS.dataAdmin, 'change_class', { earlierPersons })),
    'policy.two_persons',
  );
  assert.equal(
    codeOf(() => requireAllowed(policies, CALLERS.otherProvider, 'deliver', { provider: '市税务局' })),
    'policy.own_provider_only',
  );
  assert.equal(
    codeOf(() => requireAllowed(policies, CALLERS.provider, 'deliver')),
    'policy.own_provider_only',
  );
  assert.equal(
    codeOf(() => requireAllowed(policies, CALLERS.auditAdmin, 'rotate_keys')),
    'policy.audit_watches_only',
  );
  assert.equal(
    codeOf(() => requireAllowed(policies, CALLERS.reader, 'rotate_keys')),
    'security.not_permitted',
  );
  assert.equal(
    codeOf(() => requireAllowed(policies, CALLERS.twoAdmins, 'deliver')),
    'policy.separation_of_duties',
  );
});

test('a refusal carries clause, sentence and remedy in Chinese and English', async () => {
  await within((tx) => {
    assert.throws(
      () => decide(tx, policies, request('reader', 'self')),
      (error) => {
        assert(error instanceof Refusal);
        assert.equal(error.text.status, 403);
        const { clause, message, remedy } = error.toJSON();
        assert.equal(clause, '12');
        assert.match(message.zh, /本人查询/);
        assert.match(remedy.en, /public report/);
        return true;
      },
    );
  });
});

test('a contract of which nothing is readable is denied beside one that is', async () => {
  const closed: ContractFacts = {
    id: 'n99_closed',
    list: 'national',
    fields: [{ name: 'x', disclosure: 'secret', grade: 'core' }],
  };
  await within((tx) => {
    const permit = decide(tx, policies, {
      ...request('reader', 'public_report'),
      contracts: [closed, CONTRACT],
    });
    assert.deepEqual(permit.fields(closed.id), []);
    assert.deepEqual(permit.fields(CONTRACT.id), [{ name: 'f_public', masked: false }]);
    assert.deepEqual(permit.fields('n00_unasked'), []);
    const alone = { ...request('reader', 'public_report'), contracts: [closed] };
    assert.equal(
      read(() => decide(tx, policies, alone)),
      'policy.public_part_only',
    );
  });
});

test('a contract that may still change is decided anew each time', async () => {
  const fields: { name: string; disclosure: 'public' | 'secret'; grade: string }[] = [
    { name: 'x', disclosure: 'public', grade: 'general' },
  ];
  const loose: ContractFacts = { id: 'n98_loose', list: 'national', fields };
  await within((tx) => {
    const asked = { ...request('reader', 'public_report'), contracts: [loose] };
    assert.equal(decide(tx, policies, asked).fields(loose.id).length, 1);
    fields[0] = { name: 'x', disclosure: 'secret', grade: 'general' };
    assert.throws(() => decide(tx, policies, asked), Refusal);
  });
});

test('a Permit is usable in its own transaction only, and dead at its end', async () => {
  const kept = await within((tx) => {
    const permit = decide(tx, policies, request('enterprise', 'self'));
    permit.assertUsable(tx);
    return { permit, tx };
  });
  assert.throws(() => kept.permit.assertUsable(kept.tx), /died with its transaction/);
  await within((tx) => assert.throws(() => kept.permit.assertUsable(tx), /another transaction/));
  assert.throws(() => decide(kept.tx, policies, request('enterprise', 'self')), /live transaction/);
});

test('nobody makes a Permit, a Grant or a Caller by hand', async () => {
  await within((tx) => {
    const permit = decide(tx, policies, request('enterprise', 'self'));
    // @ts-expect-error a copy lacks the private marks of a Permit
    const copied: Permit = { ...permit };
    assert.equal('assertUsable' in copied, false);
    assert.throws(() => Object.assign(permit, { subject: toEnterpriseId(7) }), TypeError);
    const facts: CallerFacts = { ...CALLERS.dataAdmin };
    // @ts-expect-error a Caller is a proof, not a value
    const forged: Caller = facts;
    assert.throws(
      () => decide(tx, policies, { ...request('dataAdmin', 'operate'), caller: forged }),
      /not a proof/,
    );
    assert.throws(() => requireAllowed(policies, forged, 'deliver'), /not a proof/);
  });
});

test('accesses may be asked for alone, by the enterprise and by those who keep or audit the node', async () => {
  await within((tx) => {
    const alone = (name: Name, purpose: Purpose) =>
      decide(tx, policies, { ...request(name, purpose), contracts: [] });
    assert(alone('enterprise', 'self').mayListAccesses);
    assert(alone('dataAdmin', 'operate').mayListAccesses);
    assert(alone('auditAdmin', 'operate').mayListAccesses);
    for (const name of ['reader', 'provider', 'systemAdmin'] as const)
      assert.throws(() => alone(name, 'operate'), Refusal);
    assert.throws(() => alone('otherEnterprise', 'self'), Refusal);
    assert.equal(decide(tx, policies, request('reader', 'public_report')).mayListAccesses, false);
  });
});
