import { type FieldPlace, openField, sealField, type Tx } from '#kernel';
import type { PushContext } from '../push-context.ts';

/** Where a secret is sealed; the endpoint is bound by the owner of the data key and stands in no other row. */
function placeOf(participantId: string): FieldPlace {
  return { table: 'monitoring.endpoints', column: 'secret', owner: `institution:${participantId}` };
}

export async function sealSecret(
  tx: Tx,
  { cipher }: Pick<PushContext, 'cipher'>,
  { participantId, endpointId, secret }: { participantId: string; endpointId: string; secret: string },
): Promise<string> {
  return await sealField(tx, cipher, placeOf(participantId), JSON.stringify([endpointId, secret]));
}

/** The secrets that sign now, the newest first. */
export async function readSecrets(
  tx: Tx,
  { cipher, clock }: Pick<PushContext, 'cipher' | 'clock'>,
  endpointId: string,
): Promise<string[]> {
  const [row] = await tx.rows<SealedRow>(
    `select participant_id, sealed_secret, sealed_previous, previous_until
     from monitoring.endpoints where endpoint_id = $1`,
    [endpointId],
  );
  if (row === undefined) return [];
  const { sealed_secret, sealed_previous, previous_until } = row;
  const isBoth = sealed_previous !== null && previous_until !== null && clock.now() < previous_until;
  const secrets: string[] = [];
  for (const sealed of isBoth ? [sealed_secret, sealed_previous] : [sealed_secret]) {
    const [ofEndpoint, secret] = JSON.parse(
      await openField(tx, cipher, placeOf(row.participant_id), sealed),
    ) as [string, string];
    if (ofEndpoint !== endpointId)
      throw new TypeError('a sealed secret stands in the row of another endpoint');
    secrets.push(secret);
  }
  return secrets;
}

type SealedRow = {
  participant_id: string;
  sealed_secret: string;
  sealed_previous: string | null;
  previous_until: Date | null;
};
