import type { EnterpriseId, FieldCipher, Tx } from '#kernel';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { PushNetwork } from './connect/guard-address.ts';
import type { PushTerms } from './push-terms.ts';

/** What says whether an enterprise is still watched for an institution, and through whom; `readLiveWatches` of watch. */
export type ReadWatched = (
  tx: Tx,
  enterpriseIds: readonly EnterpriseId[],
) => Promise<
  readonly {
    readonly enterpriseId: EnterpriseId;
    readonly institutionId: string;
    readonly platformId: string | null;
    readonly consentId: string | null;
  }[]
>;

/** A message about an alert that an endpoint took; `versionNo`: how the alert stood when it was written. */
export type TakenAlert = {
  readonly enterpriseId: EnterpriseId;
  readonly alertId: string;
  readonly institutionId: string;
  readonly versionNo: number;
};

/**
 * What is told that these messages of one institution arrived, in the caller's transaction; `noteAlertsTaken` of handling.
 * Said again it changes nothing. Returns for how many alerts it was new.
 */
export type NoteTaken = (tx: Tx, taken: readonly TakenAlert[]) => Promise<number>;

/** What sending works with; made by entry. */
export type PushContext = Pick<MonitoringContext, 'database' | 'policies' | 'keys' | 'clock' | 'logger'> & {
  /** Seals the secrets of endpoints. */
  readonly cipher: FieldCipher;
  /** `source` of every event: where the node is reached. */
  readonly source: string;
  readonly network: PushNetwork;
  readonly readWatched: ReadWatched;
  readonly noteTaken: NoteTaken;
  /** When to try again and when to give up, models/monitoring/push.yaml. */
  readonly terms: PushTerms;
};
