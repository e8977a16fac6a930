import assert from 'node:assert';
import { type EntityJson, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { Refusal, type RefusalText } from '#kernel';
import type { CallerKind } from '../caller.ts';
import type { AdmissionState, ConsentState, InstitutionType } from '../financing.ts';

/** Acts that are not reads; closed, as in policies/schema.cedarschema. */
export const ACTS = [
  'deliver',
  'retry_delivery',
  'review_register',
  'propose_contract',
  'comment_contract',
  'confirm_contract',
  'publish_contract',
  'change_class',
  'contest_quality',
  'decide_quality_contest',
  'close_ticket',
  'back_up',
  'manage_accounts',
  'rotate_keys',
  'admit_participant',
  'manage_clients',
  'change_capacity',
  'explain_decision',
  'request_consent',
  'answer_consent',
  'enter_paper_consent',
  'confirm_paper_consent',
  'manage_mandates',
  'report_outcome',
  'settle_outcome_conflict',
  'merge_enterprises',
  'host_model',
  'propose_model',
  'approve_model',
  'retire_model',
  'propose_whitelist',
  'publish_whitelist',
  'review_whitelist',
  'push_whitelist',
  'leave_whitelist',
  'receive_whitelist',
  'decline_record',
  'propose_rule',
  'approve_rule',
  'retire_rule',
  'compile_returns',
  'read_returns',
  'drill_returns',
  'read_unused',
  'read_department_sheet',
  'hand_in_return',
  'acknowledge_return',
  'give_back',
  'see_watches',
  'receive_alert',
  'handle_alert',
  'answer_alert',
  'recall_alert',
  'oversee_alerts',
  'manage_endpoint',
  'operate_endpoint',
  'receive_messages',
  'export_everything',
  'see_terms',
  'propose_profile',
  'switch_profile',
  'register_enterprise',
  'sign_pledge',
  'keep_items',
  'file_item',
  'confirm_item',
  'confirm_registration',
  'record_breach',
  'follow_items',
  'enter_person',
  'confirm_person',
  'act_as_person',
  'decide_person_request',
  'follow_persons',
  'object',
  'check_objection',
  'decide_objection',
  'review_objection',
  'apply_repair',
  'accept_repair',
  'decide_repair',
  'annul_record',
  'shield_enterprise',
  'hand_in_repair',
  'follow_repairs',
  'recall_disclosures',
  'see_recalls',
  'acknowledge_recall',
  'oversee_recalls',
  'see_retention',
  'remove_expired',
  'propose_hold',
  'approve_hold',
  'file_complaint',
  'handle_complaint',
  'handle_own_complaint',
  'state_on_complaint',
  'oversee_complaints',
  'decide_complaint',
  'follow_complaints',
  'enter_at_window',
  'check_at_window',
  'oversee_window',
  'see_processing',
  'fill_assessment',
  'approve_assessment',
  'see_incidents',
  'handle_incident',
  'confirm_incident',
  'acknowledge_incident',
] as const;
export type Act = (typeof ACTS)[number];

/** Roles that policies know; any other is left out before they are asked, and so gives no right. */
const ROLES: readonly string[] = [
  'admission_officer',
  'agent',
  'audit_admin',
  'clerk',
  'compliance',
  'confirmer',
  'data_admin',
  'deliverer',
  'inquirer',
  'institution_admin',
  'legal_representative',
  'machine',
  'modeller',
  'reporter',
  'risk_officer',
  'security_admin',
  'supervisor',
  'system_admin',
  'window_clerk',
];

/** What an institution asks with, without ids; the type Financing of policies/schema.cedarschema. */
export type FinancingContext = {
  readonly institutionType: InstitutionType;
  readonly institution: AdmissionState;
  readonly viaPlatform: boolean;
  readonly platform: AdmissionState;
  readonly agreement: boolean;
  readonly consent: ConsentState;
  readonly consentParty: boolean;
  readonly consentPurpose: boolean;
  readonly consentRoute: boolean;
  readonly inScope: boolean;
};

export type ReadingContext = {
  readonly purpose: string;
  readonly ownRecord: boolean;
  readonly ownContract: boolean;
  readonly population: boolean;
  readonly financing?: FinancingContext;
};

export type ActingContext = {
  readonly ownProvider: boolean;
  readonly samePerson: boolean;
  readonly ownParticipant: boolean;
  readonly ownEnterprise: boolean;
};

/** All that a decision depends on, and nothing that tells one caller or enterprise from another. */
export type Question = {
  readonly kind: CallerKind;
  readonly roles: readonly string[];
  readonly action: Act | 'read' | 'read_masked' | 'verify' | 'compute' | 'list_accesses';
  readonly resource:
    | { readonly type: 'Field'; readonly disclosure: string; readonly grade: string; readonly list: string }
    | { readonly type: 'Accesses' | 'Matter' };
  readonly context: ReadingContext | ActingContext;
};

/** `ground` is the id of the first forbid that applies; a denial without one is a permit that nobody wrote. */
export type Answer = { readonly isAllowed: boolean; readonly ground: string | undefined };

/** The access policy in force: answers are remembered, since they depend on the question alone. */
export type PolicySet = {
  /** SHA-256 over all policy files, hex. */
  readonly hash: string;
  /** Schema and policies as written, by file name: what `hash` is over. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** Every ground of refusal by id, in the order in which they are named. */
  readonly grounds: ReadonlyMap<string, RefusalText>;
  ask(question: Question): Answer;
};

/** Questions are combinations of closed lists; the bound is for policies with a hundred cities' lists. */
const ANSWERS_MAX = 20_000;

/** `hash` names the policies and schema that Cedar has parsed and checked before. */
export function openPolicySet({
  hash,
  files,
  grounds,
}: Pick<PolicySet, 'hash' | 'files' | 'grounds'>): PolicySet {
  const order = [...grounds.keys()];
  const answers = new Map<string, Answer>();
  return Object.freeze({
    hash,
    files,
    grounds,
    ask(question: Question): Answer {
      const key = questionKey(question);
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = askCedar(hash, question, order);
      if (answers.size >= ANSWERS_MAX) answers.clear();
      answers.set(key, answer);
      return answer;
    },
  });
}

/** The refusal that a ground states. Its code is `policy.<id>`. */
export function refuseOnGround(policies: PolicySet, ground: string): Refusal {
  const text = policies.grounds.get(ground);
  assert(text !== undefined, `no ground ${ground}`);
  return new Refusal(`policy.${ground}`, text, {});
}

/** The roles that policies know, in one order, so that the same facts are the same question. */
export function knownRoles(roles: readonly string[]): readonly string[] {
  return ROLES.filter((role) => roles.includes(role));
}

function questionKey({ kind, roles, action, resource, context }: Question): string {
  const { financing = {}, ...rest } = 'purpose' in context ? context : { ...context, financing: undefined };
  const facts = [...Object.values(resource), ...Object.values(rest), ...Object.values(financing)];
  return [kind, roles.join(), action, ...facts].join('|');
}

function askCedar(hash: string, question: Question, order: readonly string[]): Answer {
  const caller = { type: 'Caller', id: 'caller' };
  const { type, ...attributes } = question.resource;
  const resource = { type, id: 'resource' };
  const answer = statefulIsAuthorized({
    principal: caller,
    action: { type: 'Action', id: question.action },
    resource,
    context: contextOf(question),
    entities: [
      { uid: caller, attrs: { kind: listed('Kind', question.kind), roles: rolesOf(question) }, parents: [] },
      { uid: resource, attrs: attributesOf(attributes), parents: [] },
    ],
    preparsedPolicySetId: hash,
    preparsedSchemaName: hash,
    validateRequest: true,
  });
  assert(answer.type === 'success', `the question fits the schema: ${JSON.stringify(answer)}`);
  const { decision, diagnostics } = answer.response;
  assert.deepEqual(diagnostics.errors, [], 'no policy fails while it is evaluated'); // Cedar would skip it
  const isAllowed = decision === 'allow';
  const ground = isAllowed ? undefined : order.find((id) => diagnostics.reason.includes(id));
  return Object.freeze({ isAllowed, ground });
}

type CedarValue = EntityJson['attrs'][string];

function listed(type: string, id: string): CedarValue {
  return { __entity: { type, id } };
}

function rolesOf({ roles }: Question): CedarValue {
  return roles.map((role) => listed('Role', role));
}

function contextOf({ context }: Question): Record<string, CedarValue> {
  if (!('purpose' in context)) return { ...context };
  const { financing, ...reading } = context;
  const asked = { ...reading, purpose: listed('Purpose', context.purpose) };
  return financing === undefined ? asked : { ...asked, financing: financingOf(financing) };
}

function financingOf(financing: FinancingContext): CedarValue {
  return {
    ...financing,
    institutionType: listed('InstitutionType', financing.institutionType),
    institution: listed('AdmissionState', financing.institution),
    platform: listed('AdmissionState', financing.platform),
    consent: listed('ConsentState', financing.consent),
  };
}

function attributesOf(attributes: object): Record<string, CedarValue> {
  if (!('disclosure' in attributes && 'grade' in attributes && 'list' in attributes)) return {};
  const { disclosure, grade, list } = attributes;
  return {
    disclosure: listed('Disclosure', String(disclosure)),
    grade: listed('Grade', String(grade)),
    list: String(list),
  };
}
