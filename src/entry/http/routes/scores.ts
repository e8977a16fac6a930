import { Type } from 'typebox';
import { answerScoreTo, evaluationRefusal, explainOwnScore, type InstitutionScoreRequest } from '#evaluation';
import { FINANCING_PURPOSES } from '#security';
import { openRuns } from '../../evaluation.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { EnterpriseCode, ErrorBody, toWire } from '../schemas.ts';
import { requireTokenConsent } from '../token-consent.ts';
import { ASK } from './ask-schemas.ts';

/** What an institution names beside the enterprise; the enterprise itself names nothing. */
const Asked = Type.Object(
  {
    consentId: Type.Optional(ASK.consentId),
    purpose: Type.Optional(Type.Enum([...FINANCING_PURPOSES])),
    application: Type.Optional(ASK.application),
    operator: Type.Optional(ASK.operator),
    branch: ASK.branch,
    institution: ASK.institution,
  },
  { additionalProperties: false },
);

const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const Open = Type.Object({}, { additionalProperties: true });

/** Members that both answers have; the rest depends on who asks, see docs/evaluation.md. */
const Answer = Type.Object(
  {
    disclosureId: Type.String(),
    enterprise: Type.Object({ code: Type.Union([Type.String(), Type.Null()]), name: Type.String() }),
    asOf: Type.String(),
    model: Type.Object({ hash: Type.String(), system: Type.String(), grading: Type.String() }),
    grade: Type.Optional(Type.Union([Type.Object({ grade: Type.String(), name: Words }), Type.Null()])),
    explanation: Type.Optional(Open),
    published: Type.Optional(Open),
  },
  { additionalProperties: true },
);

/** 信用评价（第 9 条）: the enterprise reads the whole explanation, an institution what is published, under its consent. */
export function scoreRoutes(app: App, node: Node): void {
  const context = openRuns(node);
  app.get(
    '/api/v1/enterprises/:code/score',
    {
      schema: {
        tags: ['enterprises'],
        summary: '信用评价 · the credit evaluation of one enterprise',
        params: Type.Object({ code: EnterpriseCode }),
        querystring: Asked,
        response: { 200: Type.Unsafe<string>(Answer), '4xx': ErrorBody, '5xx': ErrorBody },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { code } = request.params;
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-store');
      if (caller.kind !== 'institution' && caller.kind !== 'platform')
        return JSON.stringify(toWire(await explainOwnScore(context, { caller, code })));
      const { consentId, purpose, application, operator, branch, institution } = request.query;
      if (
        consentId === undefined ||
        purpose === undefined ||
        application === undefined ||
        operator === undefined
      )
        throw evaluationRefusal('evaluation.parties_missing');
      requireTokenConsent(request, consentId);
      const asked: InstitutionScoreRequest = {
        caller,
        code,
        consentId,
        purpose,
        application,
        operator,
        ...(branch !== undefined && { branchId: branch }),
        ...(institution !== undefined && { institutionId: institution }),
      };
      return await answerScoreTo(context, asked);
    },
  );
}
