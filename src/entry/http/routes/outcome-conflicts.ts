import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { acceptConflict, FACT_KINDS, listConflicts, type OutcomesContext, requireMaySettle } from '#outcomes';
import type { Node } from '../../node.ts';
import { refreshAfterDecision } from '../../watches.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, Instant, toWire } from '../schemas.ts';
import { Value } from './outcome-schemas.ts';

const tags = ['outcomes'];
const Values = Type.Record(Type.String(), Value);
const Channel = Type.String({ minLength: 2, maxLength: 60, pattern: '^[a-z0-9][a-z0-9_-]+$' });
const One = Type.Object({ id: Type.String({ pattern: '^otc_[0-9a-z]{26}$' }) });

const Conflict = Type.Object({
  conflictId: Type.String(),
  institutionId: Type.String(),
  kind: Type.Enum([...FACT_KINDS]),
  key: Values,
  openedAt: Instant,
  says: Type.Array(Type.Object({ channel: Type.String(), isStanding: Type.Boolean(), values: Values })),
});

/** Where channels contradict each other about one fact, and what a person decides. */
export function outcomeConflictRoutes(app: App, node: Node, context: OutcomesContext): void {
  app.get(
    '/api/v1/outcomes/conflicts',
    {
      schema: {
        tags,
        summary: '各渠道说法不一、待核的事项 · where channels contradict each other',
        response: answers(Type.Object({ conflicts: Type.Array(Conflict) })),
      },
    },
    async (request) => {
      requireMaySettle(node.policies, callerOf(request));
      const conflicts = await inTransaction(node.database, (tx) => listConflicts(tx), 'snapshot');
      return { conflicts: toWire(conflicts.map((one) => ({ ...one, says: [...one.says] }))) };
    },
  );
  app.post(
    '/api/v1/outcomes/conflicts/:id/accept',
    {
      schema: {
        tags,
        summary: '以某一渠道为准 · let one channel stand',
        params: One,
        body: Type.Object({ channel: Channel }, { additionalProperties: false }),
        response: answers(Type.Object({ conflictId: Type.String(), channel: Type.String() })),
      },
    },
    async (request) => {
      const { id: conflictId } = request.params;
      const { channel } = request.body;
      const caller = callerOf(request);
      await inTransaction(node.database, async (tx) => {
        const decided = await acceptConflict(tx, context, { conflictId, channel, caller });
        await refreshAfterDecision(tx, decided);
      });
      return { conflictId, channel };
    },
  );
}
