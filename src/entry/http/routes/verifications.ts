import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import {
  loadVerificationRules,
  type VerificationContext,
  type VerificationRequest,
  verify,
} from '#information';
import { FINANCING_PURPOSES, loadBudgets, requireIdempotencyKey } from '#security';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { ContractId, EnterpriseCode, ErrorBody, Instant, nullable } from '../schemas.ts';
import { requireTokenConsent } from '../token-consent.ts';

const strict = { additionalProperties: false } as const;

/** Opaque to the node: the institution's own numbers and names of staff. */
const OwnName = Type.String({ minLength: 1, maxLength: 64 });
const ParticipantId = Type.String({ minLength: 2, maxLength: 60, pattern: '^[a-z0-9][a-z0-9_-]+$' });
const ConsentId = Type.String({ pattern: '^cns_[0-9a-hjkmnp-tv-z]{26}$' });
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
    enterprise: EnterpriseCode,
    consentId: ConsentId,
    purpose: Type.Enum([...FINANCING_PURPOSES]),
    contract: ContractId,
    claims: Type.Array(Claim, { minItems: 1, maxItems: 20 }),
    application: OwnName,
    operator: OwnName,
    branch: Type.Optional(ParticipantId),
    institution: Type.Optional(ParticipantId),
  },
  {
    ...strict,
    examples: [
      {
        enterprise: '91110000MA0EXAMPLE',
        consentId: 'cns_01hzy3v9k2m4n6p8q0r1s2t3v4',
        purpose: 'loan_origination',
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
        application: 'LN-2026-000123',
        operator: '客户经理 0317',
      },
    ],
  },
);

const Answer = Type.Object({
  disclosureId: Type.String(),
  nonce: Type.String(),
  enterprise: Type.Object({ code: nullable(Type.String()), name: Type.String() }),
  purpose: Type.String(),
  consentId: Type.String(),
  institution: Type.String(),
  branch: Type.String(),
  platform: nullable(Type.String()),
  operator: Type.String(),
  application: Type.String(),
  knownAt: Instant,
  isSynthetic: Type.Boolean(),
  contract: Type.String(),
  version: Type.String(),
  outcome: Type.Enum(['ok', 'not_connected']),
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
          'One claim per record and field in a quarter: the same claim has the same answer, another value is refused. `cannot_verify` does not say why. Each answer is booked in the disclosure budget before it is made. The same Idempotency-Key with the same body has the same answer for 24 hours and counts once.',
        headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String()) }),
        body: Asked,
        response: { 200: Type.Unsafe<string>(Answer), '4xx': ErrorBody, '5xx': ErrorBody },
      },
    },
    async (request, reply) => {
      requireTokenConsent(request, request.body.consentId);
      const idempotencyKey = requireIdempotencyKey(request.headers['idempotency-key']);
      const caller = callerOf(request);
      const asked = { ...requestOf(request.body), caller, idempotencyKey };
      const { answer, isRepeated } = await verify(context, asked);
      reply.type('application/json; charset=utf-8').header('idempotent-replayed', String(isRepeated));
      return answer; // JSON text already: the bytes that its digest is over
    },
  );
}

/** The package's budgets and rules, and over them the city's. */
function openVerifications(node: Node): VerificationContext {
  const { packageFolder, definitionsFolder } = node.config;
  const places = [packageFolder, ...(definitionsFolder === undefined ? [] : [definitionsFolder])];
  const folders = places.map((place) => join(place, 'models', 'budgets'));
  const { database, clock, keys, policies, lists } = node;
  const definitions = { budgets: loadBudgets(folders), rules: loadVerificationRules(folders) };
  return { database, clock, keys, policies, lists, ...definitions };
}

function requestOf({
  branch,
  institution,
  ...asked
}: Static<typeof Asked>): Omit<VerificationRequest, 'caller' | 'idempotencyKey'> {
  return {
    ...asked,
    ...(branch === undefined ? {} : { branchId: branch }),
    ...(institution === undefined ? {} : { institutionId: institution }),
  };
}
