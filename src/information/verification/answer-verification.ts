import { bookUse } from '#consent';
import type { Tx } from '#kernel';
import { newDisclosureId } from '#security';
import type { Asked } from '../query/ask.ts';
import type { SourceAnswer } from '../query/query-shape.ts';
import { recordAnswered } from '../recorded-answer.ts';
import { answerClaims } from './answer-claims.ts';
import type { ReadableClaim } from './read-claims.ts';
import type { VerificationContext, VerificationRequest } from './verification-shape.ts';

export type Verifying = {
  readonly request: VerificationRequest;
  readonly claims: readonly ReadableClaim[];
  /** What the department answered; undefined: the node holds the dataset. */
  readonly source: SourceAnswer | undefined;
};

/**
 * Answers in the transaction of `asked`: use → budget → comparison → leaf → disclosure; whatever is refused booked
 * nothing. The leaf names who asked which fields, what it cost and under which decision; neither claims nor answers.
 * Returns the JSON text of a `VerificationAnswer`.
 */
export async function answerVerification(
  tx: Tx,
  context: VerificationContext,
  asked: Asked,
  { request, claims, source }: Verifying,
): Promise<string> {
  const { contract } = request;
  const covered = asked.consent.scope.has(contract) ? [contract] : [];
  await bookUse(tx, context.clock, asked.consent, { contracts: covered });
  const at = context.clock.now();
  const disclosureId = newDisclosureId(at);
  const answered = await answerClaims(tx, context, { asked, claims, disclosureId, at, source });
  const { outcome, budget } = answered;
  const fields = namedFields(request);
  return await recordAnswered(tx, context.keys, asked, {
    kind: 'verification',
    request,
    disclosureId,
    at,
    contracts: [contract],
    fields: { [contract]: fields },
    members: {
      contract,
      version: asked.contracts[0]?.version,
      isPartial: outcome !== 'ok',
      isSynthetic: asked.isSynthetic,
      ...answered,
    },
    leaf: { fields, outcome, bits: budget.bits, quarter: budget.quarter },
  });
}

/** Claimed fields and those of the keys that records were named by: an answer tells of both. */
function namedFields({ claims }: VerificationRequest): string[] {
  const named = claims.flatMap(({ field, record = 'latest' }) =>
    record === 'latest' ? [field] : [field, ...Object.keys(record)],
  );
  return [...new Set(named)].sort();
}
