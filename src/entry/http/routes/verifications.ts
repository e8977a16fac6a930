import { join } from 'node:path';
import { Type } from 'typebox';
import {
  loadVerificationRules,
  type VerificationContext,
  type VerificationRequest,
  verify,
} from '#information';
import { loadBudgets, requireIdempotencyKey } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { ContractId, ErrorBody, Instant, nullable } from '../schemas.ts';
import { requireTokenConsent } from '../token-consent.ts';
import { ANSWER_HEAD, ASK, ASK_EXAMPLE, withParties } from './ask-schemas.ts';

const strict = { additionalProperties: false } as const;

const FieldName = Type.String({ pattern: '^[a-z][a-z0-9_]{1,59}$' });
const Value = Type.String({ minLength: 1, maxLength: 4_000 });

const Claim = Type.Object(
  {
    field: FieldName,
    value: Value,
    answer: Type.Optional(
      Type.Enum(['match', 'band'], {
        description:
          '是否一致（默认），或真值所在的区间 · whether it matches, or the published band of the true value',
      }),
    ),
    record: Type.Optional(
      Type.Union([Type.Literal('latest'), Type.Record(FieldName, Value, { maxProperties: 5 })], {
        description:
          '最近一条（默认），或以全部业务主键指明 · the latest record, or the one of this natural key',
      }),
    ),
  },
  strict,
);

const Asked = Type.Object(
  {
    ...ASK,
    contract: ContractId,
    claims: Type.Array(Claim, { minItems: 1, maxItems: 20 }),
  },
  {
    ...strict,
    examples: [
      {
        ...ASK_EXAMPLE,
        contract: 'v02_financials',
        claims: [
          { field: 'total_assets', value: '1,250万元' },
          {
            field: 'operating_revenue',
            value: '8600000',
            answer: 'band',
            record: { period_kind: '年报', period_end: '2025-12-31', statement_scope: '单体' },
          },
        ],
      },
    ],
  },
);

const Answer = Type.Object({
  ...ANSWER_HEAD,
  contract: Type.String(),
  version: Type.String(),
  outcome: Type.Enum(['ok', 'stale', 'not_connected', 'source_down']),
  claims: Type.Array(
    Type.Object({
      field: Type.String(),
      answer: Type.Enum(['match', 'mismatch', 'cannot_verify', 'band']),
      band: nullable(Type.Object({ name: Type.String(), zh: Type.String(), en: Type.String() })),
      answeredAt: Instant,
    }),
  ),
  budget: Type.Object({
    quarter: Type.String(),
    bits: Type.Number(),
    bookedBits: Type.Number(),
    limitBits: Type.Number(),
  }),
  receipt: Type.Object({}, { additionalProperties: true }),
});

/** 核验（第 8 条，可用不可见）: what an institution was told, compared with the record; the record stays unseen. */
export function verificationRoutes(app: App, node: Node): void {
  const context = openVerifications(node);
  app.post(
    '/api/v1/verifications',
    {
      schema: {
        tags: ['queries'],
        summary: '核验申报值：一致、不一致、无法核验或区间 · verify claimed values',
        description:
          'One claim per record and field in a quarter: the same claim has the same answer, another value is refused. `cannot_verify` does not say why. Each answer is booked in the disclosure budget before it is made. A dataset that its department keeps is asked for at its source; `isPartial` and `outcome` say when that did not answer, which costs nothing. The same Idempotency-Key with the same body has the same answer for 24 hours and counts once.',
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
        body: Asked,
        response: { 200: Type.Unsafe<string>(Answer), '4xx': ErrorBody, '5xx': ErrorBody },
      },
    },
    async (request, reply) => {
      requireTokenConsent(request, request.body.consentId);
      const idempotencyKey = requireIdempotencyKey(request.headers['idempotency-key']);
      const caller = callerOf(request);
      const asked: VerificationRequest = { ...withParties(request.body), caller, idempotencyKey };
      const { answer, isRepeated } = await verify(context, asked);
      reply.type('application/json; charset=utf-8').header('idempotent-replayed', String(isRepeated));
      return answer; // JSON text already: the bytes that its digest is over
    },
  );
}

/** The package's budgets and rules, and over them the city's. */
export function openVerifications(node: Node): VerificationContext {
  const { packageFolder, definitionsFolder } = node.config;
  const places = [packageFolder, ...(definitionsFolder === undefined ? [] : [definitionsFolder])];
  const folders = places.map((place) => join(place, 'models', 'budgets'));
  const { database, clock, keys, policies, lists, personGate, askSources } = node;
  const definitions = { budgets: loadBudgets(folders), rules: loadVerificationRules(folders) };
  const base = { database, clock, keys, policies, lists, personGate, ...definitions };
  return askSources === undefined ? base : { ...base, askSources };
}
