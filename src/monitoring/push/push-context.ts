import type { EnterpriseId, FieldCipher, Tx } from '#kernel';
import type { MonitoringContext } from '../monitoring-context.ts';
import type { PushNetwork } from './connect/guard-address.ts';

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

/** What sending works with; made by entry. */
export type PushContext = Pick<MonitoringContext, 'database' | 'policies' | 'keys' | 'clock' | 'logger'> & {
  /** Seals the secrets of endpoints. */
  readonly cipher: FieldCipher;
  /** `source` of every event: where the node is reached. */
  readonly source: string;
  readonly network: PushNetwork;
  readonly readWatched: ReadWatched;
};
