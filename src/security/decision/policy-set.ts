import assert from 'node:assert';
import { type EntityJson, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { Refusal, type RefusalText } from '#kernel';
import type { CallerKind } from '../caller.ts';

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
  'close_ticket',
  'back_up',
  'manage_accounts',
  'rotate_keys',
] as const;
export type Act = (typeof ACTS)[number];

/** Roles that policies know; any other is left out before they are asked, and so gives no right. */
const ROLES: readonly string[] = [
  'audit_admin',
  'confirmer',
  'data_admin',
  'deliverer',
  'security_admin',
  'system_admin',
];

/** All that a decision depends on, and nothing that tells one caller or enterprise from another. */
type Question = {
  readonly kind: CallerKind;
  readonly roles: readonly string[];
  readonly action: Act | 'read' | 'read_masked' | 'list_accesses';
  readonly resource:
    | { readonly type: 'Field'; readonly disclosure: string; readonly grade: string; readonly list: string }
    | { readonly type: 'Accesses' | 'Matter' };
  readonly context:
    | {
        readonly purpose: string;
        readonly ownRecord: boolean;
        readonly ownContract: boolean;
        readonly population: boolean;
      }
    | { readonly ownProvider: boolean; readonly samePerson: boolean };
};

/** `ground` is the id of the first forbid that applies; a denial without one is a permit that nobody wrote. */
export type Answer = { readonly isAllowed: boolean; readonly ground: string | undefined };

/** The access policy in force: answers are remembered, since they depend on the question alone. */
export type PolicySet = {
  /** SHA-256 over all policy files, hex. */
  readonly hash: string;
  /** Every ground of refusal by id, in the order in which they are named. */
  readonly grounds: ReadonlyMap<string, RefusalText>;
  ask(question: Question): Answer;
};

/** Questions are combinations of closed lists; the bound is for policies with a hundred cities' lists. */
const ANSWERS_MAX = 20_000;

/** `hash` names the policies and schema that Cedar has parsed and checked before. */
export function openPolicySet(hash: string, grounds: ReadonlyMap<string, RefusalText>): PolicySet {
  const order = [...grounds.keys()];
  const answers = new Map<string, Answer>();
  return Object.freeze({
    hash,
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
  return [kind, roles.join(), action, ...Object.values(resource), ...Object.values(context)].join('|');
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
  return { ...context, purpose: listed('Purpose', context.purpose) };
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
