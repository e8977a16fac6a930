import { join } from 'node:path';
import { Type } from 'typebox';
import {
  factsOf,
  gradeHistoryReader,
  loadIndexSystems,
  PORTRAIT_LIMITS,
  type PortraitContext,
  type PortraitRequest,
  readPortrait,
} from '#evaluation';
import { sizeLabel } from '#lists';
import type { Node } from '../../node.ts';
import { openFloors } from '../../statistics.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { httpRefusal } from '../http-refusals.ts';
import { answers, Day, EnterpriseCode, Instant, nullable, toWire } from '../schemas.ts';
import { requireTokenConsent } from '../token-consent.ts';
import { ASK, withParties } from './ask-schemas.ts';

const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const { enterprise: _path, ...USE } = ASK;

/** What an institution gives beside the path; the enterprise itself gives none of it. */
const Query = Type.Object(
  {
    ...Type.Partial(Type.Object(USE)).properties,
    months: Type.Optional(Type.Integer({ minimum: 0, maximum: PORTRAIT_LIMITS.monthsMax })),
  },
  { additionalProperties: false },
);

const Portrait = Type.Object({
  disclosureId: Type.String(),
  nonce: Type.String(),
  enterprise: Type.Object({
    code: nullable(Type.String()),
    name: Type.String(),
    formerNames: Type.Array(Type.String()),
    kind: Type.String(),
    sizeClass: Type.String(),
    industry: nullable(Type.String({ description: 'Section of GB/T 4754' })),
  }),
  purpose: Type.String(),
  knownAt: Instant,
  isSynthetic: Type.Boolean(),
  indicators: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Words,
      dimension: Type.String(),
      direction: Type.String(),
      values: Type.Array(Type.Object({ asOf: Day, value: nullable(Type.Number()), status: Type.String() })),
      peers: nullable(
        Type.Object({
          enterprises: Type.Integer(),
          percentile: nullable(Type.Integer({ description: 'By size of the value, in steps of 5 of 100' })),
          lowerQuartile: Type.Number(),
          median: Type.Number(),
          upperQuartile: Type.Number(),
        }),
      ),
    }),
  ),
  grades: Type.Array(
    Type.Object({
      asOf: Day,
      grade: nullable(Type.String()),
      score: nullable(Type.Integer({ description: '1/100 points' })),
    }),
  ),
  relations: nullable(
    Type.Object({
      shown: Type.Array(
        Type.Object({
          code: nullable(Type.String()),
          name: Type.String(),
          sharedShareholders: Type.Integer(),
          sharedPersons: Type.Integer(),
        }),
      ),
      total: Type.Integer(),
    }),
  ),
  receipt: Type.Object({}, { additionalProperties: true }),
});

/** 画像（第 9 条）: one enterprise over time, for itself or for an institution under its consent. */
export function portraitRoutes(app: App, node: Node): void {
  const context = openPortraits(node);
  app.get(
    '/api/v1/enterprises/:code/portrait',
    {
      schema: {
        tags: ['portrait'],
        summary: '企业画像：指标、等级、同业位置、关联 · one enterprise over time',
        description:
          'The enterprise asks without further parameters. An institution names consent, purpose, application and operator; each call is one use of the consent. Whatever the decision leaves out is not in the answer.',
        params: Type.Object({ code: EnterpriseCode }),
        querystring: Query,
        response: answers(Portrait),
      },
    },
    async (request) => {
      const { months = 12, ...use } = request.query;
      const caller = callerOf(request);
      const asked: PortraitRequest = { caller, code: request.params.code, months };
      if (caller.kind !== 'institution' && caller.kind !== 'platform')
        return toAnswer(await readPortrait(context, asked));
      const { consentId, purpose, application, operator } = use;
      if (
        consentId === undefined ||
        purpose === undefined ||
        application === undefined ||
        operator === undefined
      )
        throw httpRefusal('request.invalid', {
          place: 'querystring',
          reason: 'consentId, purpose, application, operator',
        });
      requireTokenConsent(request, consentId);
      const named = withParties({ ...use, consentId, purpose, application, operator });
      return toAnswer(await readPortrait(context, { ...asked, use: named }));
    },
  );
}

function toAnswer(portrait: Awaited<ReturnType<typeof readPortrait>>) {
  const { receipt, enterprise, ...wire } = toWire(portrait);
  return {
    ...wire,
    enterprise: { ...enterprise, sizeClass: sizeLabel(enterprise.sizeClass) },
    receipt: { ...receipt },
  };
}

export function openPortraits(node: Node): PortraitContext {
  const { database, clock, keys, policies, lists, config, evaluation } = node;
  const city = config.definitionsFolder === undefined ? [] : [config.definitionsFolder];
  const systems = [join(config.packageFolder, 'models'), ...city].map((folder) =>
    join(folder, 'index-systems'),
  );
  const { gradings } = loadIndexSystems(systems, factsOf(evaluation.book));
  const readGradeHistory = gradeHistoryReader(gradings);
  return {
    database,
    clock,
    keys,
    policies,
    catalogue: lists.catalogue,
    book: evaluation.book,
    readGradeHistory,
    peersFloor: openFloors(node).of('portrait_peers'),
  };
}
