import { Type } from 'typebox';
import { WATCH_LIMITS } from '#monitoring';
import { Day, Instant, nullable } from '../schemas.ts';
import { ParticipantId } from './ask-schemas.ts';

const strict = { additionalProperties: false } as const;
const WatchId = Type.String({ pattern: '^wch_[0-9a-hjkmnp-tv-z]{26}$' });
const Institution = Type.Optional(ParticipantId);

export const WatchQuery = Type.Object(
  {
    institution: Institution,
    after: Type.Optional(WatchId),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: WATCH_LIMITS.linesMax })),
  },
  strict,
);

export const Watches = Type.Object({
  watches: Type.Array(
    Type.Object({
      watchId: Type.String(),
      code: nullable(Type.String({ description: '统一社会信用代码, or the best code known' })),
      since: Day,
      loans: Type.Integer({
        minimum: 1,
        description: 'Live loans when the list was last brought up to date',
      }),
      branchId: Type.String(),
      platformId: nullable(Type.String()),
      consent: nullable(
        Type.Object(
          { consentId: Type.String(), validTo: Instant },
          { description: 'For post-loan management, in force now; null: public records alone are watched' },
        ),
      ),
    }),
  ),
  next: nullable(Type.String({ description: 'Where to go on; null: this was the last page' })),
});

export const CoverageQuery = Type.Object({ institution: Institution }, strict);

export const Coverages = Type.Object({
  coverage: Type.Array(
    Type.Object({
      institutionId: Type.String(),
      liveLoans: nullable(Type.Integer({ minimum: 0 })),
      watchedLoans: nullable(Type.Integer({ minimum: 0 })),
      hiddenBecause: nullable(Type.Enum(['small', 'dominant', 'complementary'])),
    }),
  ),
});
